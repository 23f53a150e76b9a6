"""Part of the demo library, written once for all tests: of each album as much as shows its manner."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.selection import ALBUMS_HERE
from support.audio import ffmpeg
from tutti.demo import Progress, write_demo


@dataclass(frozen=True)
class Written:
    """The folder, what was returned, and what was told while it was written."""

    folder: Path
    paths: list[Path]
    told: list[Progress]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder, told = tmp_path_factory.mktemp("demo") / "not there yet", list[Progress]()
    paths = write_demo(folder, ffmpeg=ffmpeg(), albums=ALBUMS_HERE, on_progress=told.append)
    return Written(folder, paths, told)
