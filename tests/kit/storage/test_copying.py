"""A second key for the same bytes."""

import errno
from pathlib import Path

import pytest

from tutti.kit.storage import Storage, open_local_storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_local_storage(tmp_path / "objects")


async def all_keys(storage: Storage) -> list[str]:
    return sorted([key async for key in storage.list_keys("")])


async def test_a_copy_outlives_what_it_was_made_of(storage: Storage) -> None:
    await storage.put("incoming/a", b"sound")
    await storage.copy("incoming/a", "originals/a.mp3")
    await storage.copy("incoming/a", "originals/a.mp3")
    await storage.delete("incoming/a")
    assert await storage.find("originals/a.mp3") == b"sound"
    assert await all_keys(storage) == ["originals/a.mp3"]


async def test_a_copy_replaces_what_was_there(storage: Storage) -> None:
    await storage.put("a", b"new")
    await storage.put("b", b"old")
    await storage.copy("a", "b")
    assert await storage.find("b") == b"new"


async def test_a_file_system_without_second_names_copies(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    await storage.put("a", b"sound")
    await storage.copy("a", "b/c")
    await storage.put("a", b"other")
    assert await storage.find("b/c") == b"sound"


async def test_nothing_is_copied_of_nothing(storage: Storage) -> None:
    with pytest.raises(FileNotFoundError):
        await storage.copy("a", "b")
    with pytest.raises(ValueError, match="no key"):
        await storage.copy("a", "../b")
    assert await all_keys(storage) == []
