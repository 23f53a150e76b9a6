"""Files of one's own that become objects, and the other way round, where objects are files too."""

import errno
from pathlib import Path

import pytest

from tutti.kit.storage import Storage, open_local_storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_local_storage(tmp_path / "objects")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"sound")
    return path


async def all_keys(storage: Storage) -> list[str]:
    return sorted([key async for key in storage.list_keys("")])


async def test_an_object_outlives_the_file_that_it_was_made_of(storage: Storage, file: Path) -> None:
    await storage.put_file("originals/a.mp3", file)
    await storage.put_file("originals/a.mp3", file)
    file.unlink()
    assert await storage.find("originals/a.mp3") == b"sound"
    assert await all_keys(storage) == ["originals/a.mp3"]


async def test_a_file_replaces_what_was_there(storage: Storage, file: Path) -> None:
    await storage.put("a", b"old")
    await storage.put_file("a", file)
    assert await storage.find("a") == b"sound"


async def test_what_is_kept_does_not_change_with_its_object(storage: Storage, tmp_path: Path) -> None:
    await storage.put("incoming/a", b"sound")
    assert await storage.keep("incoming/a", tmp_path / "kept")
    await storage.put("incoming/a", b"other")
    assert (tmp_path / "kept").read_bytes() == b"sound"
    await storage.delete("incoming/a")
    assert (tmp_path / "kept").read_bytes() == b"sound"


async def test_a_file_system_without_second_names_copies(
    storage: Storage, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    await storage.put_file("b/c", file)
    file.write_bytes(b"other")
    assert await storage.find("b/c") == b"sound"
    assert await storage.keep("b/c", tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == b"sound"


async def test_nothing_is_made_of_nothing(storage: Storage, file: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await storage.put_file("b", tmp_path / "none")
    with pytest.raises(ValueError, match="no key"):
        await storage.put_file("../b", file)
    assert not await storage.keep("a", tmp_path / "kept")
    assert not await storage.keep("../a", tmp_path / "kept")
    assert await all_keys(storage) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "objects"]
