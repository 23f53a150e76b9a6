"""What a writer that died leaves beside the objects of a local folder."""

from datetime import timedelta
from pathlib import Path

import obstore
import pytest
from obstore.store import LocalStore

from support.files import vanishing
from tutti.kit.clock import now
from tutti.kit.storage import Storage, open_local_storage

SOON = timedelta(minutes=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
async def storage(folder: Path) -> Storage:
    storage = open_local_storage(folder)
    await storage.put("originals/ab/whole.flac", b"sound")
    return storage


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


async def test_what_was_never_finished_is_dropped_once_it_is_old(storage: Storage, folder: Path) -> None:
    writer = obstore.open_writer(LocalStore(folder), "originals/ab/half.flac", buffer_size=1)
    writer.write(bytes(100))
    writer.flush()
    (staged,) = files(folder) - {"whole.flac"}
    assert await storage.drop_staged(now() - SOON) == 0, "somebody may still be writing it"
    assert staged in files(folder)
    assert await storage.drop_staged(now() + SOON) == 1
    assert files(folder) == {"whole.flac"}


async def test_a_folder_that_goes_meanwhile_keeps_nothing_else(
    storage: Storage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As that of an upload does which is over."""
    (folder / "originals/ab/half.flac#1").write_bytes(b"half")
    (folder / ".receiving/incoming%1").mkdir(parents=True)
    vanishing(monkeypatch, folder / ".receiving/incoming%1")
    assert await storage.drop_staged(now() + SOON) == 1


async def test_a_second_name_made_this_moment_is_not_old(storage: Storage, folder: Path) -> None:
    staged = folder / "originals/ab/copy.flac#1"
    staged.hardlink_to(folder / "originals/ab/whole.flac")
    assert await storage.drop_staged(now() - SOON) == 0
    assert staged.exists()
