"""``python -m bench.bare_read FOLDER``: files per second that two processes read with mutagen, and nothing more.

A program of its own, so that its memory is not taken for that of the scan it is compared with.
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import mutagen

from tutti.services.catalog.service.scanner.frames import NICENESS

_CHUNK = 100
_BESIDE = (".jpg", ".png", ".lrc")


def read_with_mutagen(paths: list[str]) -> int:
    """Read the tags of files."""
    return sum(mutagen.File(path) is not None for path in paths)


def bare_read(root: Path) -> float:
    """As nice as our readers; the start of the processes is not counted."""
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names]  # noqa: PTH118
    audio = [path for path in paths if not path.endswith(_BESIDE)]
    chunks = [audio[begin : begin + _CHUNK] for begin in range(0, len(audio), _CHUNK)]
    with ProcessPoolExecutor(2, get_context("forkserver"), os.nice, (NICENESS,)) as pool:
        list(pool.map(read_with_mutagen, [audio[:1], audio[-1:]]))
        started = time.perf_counter()
        count = sum(pool.map(read_with_mutagen, chunks))
        return count / (time.perf_counter() - started)


if __name__ == "__main__":
    print(bare_read(Path(sys.argv[1])))
