"""Objects in a folder: whole or not at all, and never outside."""

import asyncio
import resource
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from obstore.exceptions import BaseError

from tutti.kit.storage import MAX_KEY_LENGTH, Storage, is_key, open_local_storage

MIB = 2**20
STRANGE = [
    "",
    ".",
    "..",
    "../outside",
    "covers/../../outside",
    "covers/..",
    "./covers",
    "/etc/passwd",
    "//outside",
    "covers//a",
    "covers/",
    "covers\\..\\..\\outside",
    "%2e%2e/outside",
    "~/outside",
    "nul\0",
    "new\nline",
    "covers/ü",
    "a#1",
    ".hidden",
    "x" * 300,
    "x/" * 150 + "x",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "objects"


@pytest.fixture
def storage(folder: Path) -> Storage:
    return open_local_storage(folder)


async def keys(storage: Storage, prefix: str) -> set[str]:
    return {key async for key in storage.list_keys(prefix)}


async def test_what_is_put_is_found_until_it_is_deleted(storage: Storage) -> None:
    await storage.put("covers/ab/cdef-64.webp", b"\x00image\xff")
    assert await storage.find("covers/ab/cdef-64.webp") == b"\x00image\xff"
    await storage.put("covers/ab/cdef-64.webp", b"")
    assert await storage.find("covers/ab/cdef-64.webp") == b""
    await storage.delete("covers/ab/cdef-64.webp")
    assert await storage.find("covers/ab/cdef-64.webp") is None


async def test_objects_outlive_the_process(storage: Storage, folder: Path) -> None:
    await storage.put("a/b", b"kept")
    assert await open_local_storage(folder).find("a/b") == b"kept"


async def test_a_large_object_comes_back_whole(storage: Storage) -> None:
    content = bytes(range(256)) * (MIB // 8)
    await storage.put("large", content)
    assert await storage.find("large") == content


async def test_a_missing_object_is_none_and_no_error_to_delete(storage: Storage) -> None:
    await storage.put("a", b"1")
    await storage.put("b", b"2")
    await storage.delete("a", "never/was", "b")
    await storage.delete()
    assert await keys(storage, "") == set()


async def test_a_folder_is_no_object(storage: Storage) -> None:
    await storage.put("covers/ab/c", b"1")
    assert await storage.find("covers/ab") is None
    assert await storage.find("covers/ab/c") == b"1"


async def test_keys_are_listed_by_the_folder_they_begin_with(storage: Storage) -> None:
    for key in ("covers/aa/1", "covers/ab/2", "coversheet/3", "avatars/4"):
        await storage.put(key, b"x")
    assert await keys(storage, "covers/") == {"covers/aa/1", "covers/ab/2"}
    assert await keys(storage, "avatars/") == {"avatars/4"}
    assert await keys(storage, "nothing/") == set()
    assert len(await keys(storage, "")) == 4


async def test_a_listing_of_many_pages_bears_deletions(storage: Storage) -> None:
    """As the cache of covers does: what it meets and does not know, it deletes while it goes on."""
    names = {f"covers/{n % 7}/{n}" for n in range(500)}
    await asyncio.gather(*(storage.put(name, b"x") for name in names))
    seen: set[str] = set()
    async for key in storage.list_keys("covers/"):
        seen.add(key)
        await storage.delete(key)
    assert seen == names
    assert await keys(storage, "covers/") == set()


@pytest.mark.parametrize("key", STRANGE)
async def test_no_object_has_a_key_that_might_leave_the_folder(storage: Storage, folder: Path, key: str) -> None:
    outside = folder.parent / "outside"
    outside.write_bytes(b"secret")
    with pytest.raises(ValueError, match="no key"):
        await storage.put(key, b"overwritten")
    assert await storage.find(key) is None
    await storage.delete(key)
    assert outside.read_bytes() == b"secret"
    assert list(folder.iterdir()) == []


@given(st.text())
def test_a_key_never_names_another_folder(text: str) -> None:
    if is_key(text):
        path = Path("/objects", text)
        assert path.is_relative_to("/objects")
        assert ".." not in path.parts
        assert len(text.encode()) <= MAX_KEY_LENGTH
        assert str(path) == f"/objects/{text}"


@given(st.from_regex(r"[a-z]{1,9}/[0-9a-f]{2}/[0-9a-f]{32}-[0-9]{2,4}\.(webp|jpeg)", fullmatch=True))
def test_the_keys_in_use_are_keys(key: str) -> None:
    assert is_key(key)


async def test_a_reader_meets_the_old_object_or_the_new_one(storage: Storage) -> None:
    contents = [bytes([n]) * MIB for n in range(8)]
    await storage.put("avatar", contents[0])
    writing = asyncio.gather(*(storage.put("avatar", content) for content in contents))
    while not writing.done():
        assert await storage.find("avatar") in contents
    await writing
    assert await storage.find("avatar") in contents
    assert await keys(storage, "") == {"avatar"}


@contextmanager
def little_room(size_bytes: int) -> Generator[None, None, None]:
    """No file may grow beyond ``size_bytes``: writing fails midway, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_leaves_what_was_there(storage: Storage, folder: Path) -> None:
    await storage.put("old", b"kept")
    for key in ("old", "new"):
        with little_room(8 * MIB), pytest.raises(BaseError, match="too large"):
            await storage.put(key, bytes(12 * MIB))
    assert await storage.find("old") == b"kept"
    assert await storage.find("new") is None
    assert await keys(storage, "") == {"old"}
    assert [path.name for path in folder.rglob("*")] == ["old"]  # half a file takes no room
    await storage.put("new", b"room again")
    assert await storage.find("new") == b"room again"


async def test_an_unreadable_object_is_an_error_and_not_missing(storage: Storage, folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    with pytest.raises(BaseError):
        await storage.find("loop")
