"""Objects too large for memory, on each kind of storage."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tutti.kit.storage import Storage

MIB = 2**20
CONTENT = bytes(range(251)) * (20 * MIB // 251)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


async def test_a_file_goes_in_and_comes_out(any_storage: Storage, file: Path, tmp_path: Path) -> None:
    await any_storage.put_file("originals/ab/cd.flac", file)
    assert await any_storage.find_size("originals/ab/cd.flac") == len(CONTENT)
    assert await any_storage.fetch("originals/ab/cd.flac", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == CONTENT
    assert file.read_bytes() == CONTENT


async def test_what_is_not_there_has_no_size_and_is_not_fetched(any_storage: Storage, tmp_path: Path) -> None:
    for key in ("originals/none", "../outside", ""):
        assert await any_storage.find_size(key) is None
        assert not await any_storage.fetch(key, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


async def test_an_object_gets_another_key(any_storage: Storage) -> None:
    await any_storage.put("incoming/a", b"new")
    await any_storage.put("originals/b", b"old")
    await any_storage.move("incoming/a", "originals/b")
    assert await any_storage.find("originals/b") == b"new"
    assert await any_storage.find("incoming/a") is None
    with pytest.raises(FileNotFoundError):
        await any_storage.move("incoming/a", "originals/c")


@pytest.mark.parametrize("key", ["", "../outside", ".receiving/a"])
async def test_only_keys_are_taken(any_storage: Storage, file: Path, key: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        await any_storage.put_file(key, file)
    with pytest.raises(ValueError, match="no key"):
        await any_storage.move("a", key)
    with pytest.raises(ValueError, match="no key"):
        await any_storage.move(key, "a")
    with pytest.raises(ValueError, match="no key"):
        any_storage.local_path(key)
    with pytest.raises(ValueError, match="no key"):
        any_storage.presign_get(key, timedelta(hours=1))


async def test_an_object_is_a_file_or_has_an_address(any_storage: Storage) -> None:
    """Either way whoever sends it to a listener need not read it first."""
    await any_storage.put("originals/a", b"sound")
    path, url = any_storage.local_path("originals/a"), any_storage.presign_get("originals/a", timedelta(hours=1))
    assert (path is None) != (url is None)
    if path is not None:
        assert path.read_bytes() == b"sound"
        return
    assert url is not None
    async with httpx.AsyncClient(timeout=90) as http:
        assert (await http.get(url)).content == b"sound"
        assert (await http.get(url, headers={"Range": "bytes=1-2"})).content == b"ou"
        assert (await http.get(url.replace("originals/a", "originals/b"))).status_code == 403
        assert (await http.put(url, content=b"silence")).status_code == 403
        expired = any_storage.presign_get("originals/a", timedelta(hours=-1))
        assert expired is not None
        assert (await http.get(expired)).status_code in (400, 403)


async def test_what_is_being_received_is_no_object(any_storage: Storage, tmp_path: Path) -> None:
    await any_storage.put("incoming/a", b"x")
    folder = tmp_path / "data/objects"
    if folder.exists():
        (folder / ".receiving/incoming%b").mkdir(parents=True)
        (folder / ".receiving/incoming%b/bytes").write_bytes(b"half")
    assert [key async for key in any_storage.list_keys("")] == ["incoming/a"]
