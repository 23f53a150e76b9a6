"""Objects (renditions, cover art, avatars) through obstore: a local folder in solo, S3 in split."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore

from tutti.kit.files import files_below
from tutti.kit.ids import new_id
from tutti.kit.storage.bucket import Bucket

MAX_KEY_LENGTH = 200
_PART_BYTES = 8 * 1024 * 1024
_PARTS_AT_ONCE = 2
_STAGED = "#"
"""In the names of files that are still being written, and in no key."""
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*", re.ASCII)


def is_key(text: str) -> bool:
    """Whether an object can be stored under ``text``: parts of ASCII letters, digits, and ``._-`` after the first."""
    return len(text) <= MAX_KEY_LENGTH and _KEY.fullmatch(text) is not None


class Storage:
    """A flat space of objects by key (``covers/ab/cdef…``). What is no key (`is_key`) names no object.

    Raises `obstore.exceptions.BaseError` where the store fails: a full disk, a file that cannot be read.
    """

    def __init__(self, store: ObjectStore, *, folder: Path | None = None, bucket: Bucket | None = None) -> None:
        """``folder`` is where ``store`` keeps its objects as files, or ``bucket`` what it keeps them in."""
        self._store = store
        self._folder = folder
        self._bucket = bucket

    @property
    def public_origin(self) -> str | None:
        """Where browsers reach objects past us, by signed addresses (``https://s3.example.org``); None: nowhere."""
        return None if self._bucket is None else self._bucket.public_origin

    def local_path(self, key: str) -> Path | None:
        """Return the file that is (or would be) the object ``key``; None where objects are no files.

        Raises:
            ValueError: it is no key.
        """
        if not is_key(key):
            raise ValueError(f"no key: {key!r}")
        return None if self._folder is None else self._folder / key

    async def put(self, key: str, content: bytes) -> None:
        """Store ``content`` under ``key``, whole or not at all; replaces what was there.

        Raises:
            ValueError: it is no key.
        """
        if not is_key(key):
            raise ValueError(f"no key: {key!r}")
        await obstore.put_async(self._store, key, content)

    async def find(self, key: str) -> bytes | None:
        """Return the content under ``key``; None where there is none."""
        if not is_key(key):
            return None
        try:
            return bytes(await (await obstore.get_async(self._store, key)).bytes_async())
        except FileNotFoundError:
            return None

    async def find_size(self, key: str) -> int | None:
        """Return the length of the object in bytes; None where there is none."""
        if not is_key(key):
            return None
        try:
            return (await obstore.head_async(self._store, key))["size"]
        except FileNotFoundError:
            return None

    async def read(self, key: str, start: int, count: int) -> bytes | None:
        """Return up to ``count`` bytes of the object from ``start`` on, which is before its end; None: no such object.

        Raises:
            StorageError: it does not reach that far.
        """
        if not is_key(key):
            return None
        try:
            return bytes(await obstore.get_range_async(self._store, key, start=start, length=count))
        except FileNotFoundError:
            return None

    async def put_file(self, key: str, path: Path) -> None:
        """Store the content of a file under ``key``, in parts where it is large: memory stays flat.

        Where objects are files it gets a second name instead: nobody may write to it from now on.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is no key.
        """
        if not is_key(key):
            raise ValueError(f"no key: {key!r}")
        if self._folder is None:
            await obstore.put_async(self._store, key, path, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE)
        else:
            await asyncio.to_thread(_copy_file, path, self._folder / key)

    async def keep(self, key: str, path: Path) -> bool:
        """Give what the object ``key`` holds now a file name of one's own, a new one; False where there is none.

        A second name where objects are files, which nobody may write to, else a copy: another object that is stored
        under the key afterwards does not change it.

        Raises:
            OSError: the file cannot be written; half of it may be there.
        """
        if self._folder is None or not is_key(key):
            return await self.fetch(key, path)
        try:
            await asyncio.to_thread(_copy_file, self._folder / key, path)
        except FileNotFoundError:
            return False
        return True

    async def fetch(self, key: str, path: Path) -> bool:
        """Write the object ``key`` to a new file ``path``, part by part; False where there is none.

        Each part is a request of its own: a server that is away for a moment, or slow, costs one of them and not all.

        Raises:
            OSError: the file cannot be written; half of it may be there.
        """
        size_bytes = await self.find_size(key)
        if size_bytes is None:
            return False
        with path.open("wb") as file:
            for start in range(0, size_bytes, _PART_BYTES):
                part = await self.read(key, start, min(_PART_BYTES, size_bytes - start))
                if part is None:
                    return False
                await asyncio.to_thread(file.write, part)
        return True

    async def move(self, source: str, target: str) -> None:
        """Give the object another key; replaces what was there. A rename for files, a copy in a store.

        Raises:
            FileNotFoundError: there is no object ``source``.
            ValueError: one of them is no key.
        """
        if not (is_key(source) and is_key(target)):
            raise ValueError(f"no key: {source!r} or {target!r}")
        await obstore.rename_async(self._store, source, target)

    def presign_get(self, key: str, lifetime: timedelta, *, content_type: str = "") -> str | None:
        """Return an address at which the S3 server itself gives the object for a while; None where objects are files.

        The server says ``content_type`` of it, if that is given.

        Raises:
            ValueError: it is no key.
        """
        if not is_key(key):
            raise ValueError(f"no key: {key!r}")
        query = {"response-content-type": content_type} if content_type else None
        return None if self._bucket is None else self._bucket.presign("GET", key, lifetime, query=query)

    async def delete(self, *keys: str) -> None:
        """Delete the objects; a missing one is no error."""
        for key in filter(is_key, keys):
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError:
                continue

    async def list_keys(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys that begin with ``prefix``, page by page."""
        async for page in obstore.list(self._store, prefix):
            for entry in page:
                if is_key(entry["path"]):  # what is still being received is none
                    yield entry["path"]

    async def drop_staged(self, before: datetime) -> int:
        """Delete what was begun before then and never became an object, its writer having died; return how many.

        Only a local folder keeps such: they lie beside the object, under its name, ``#`` and more.
        """
        if self._folder is None:
            return 0
        return await asyncio.to_thread(_drop_staged, self._folder, before.timestamp())


def _drop_staged(folder: Path, before: float) -> int:
    count = 0
    for path in files_below(folder):
        with suppress(FileNotFoundError):
            # Not the time of its content: a second name of an old file may have been made this moment.
            if _STAGED in path.name and path.stat().st_ctime < before:
                path.unlink()
                count += 1
    return count


def _copy_file(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the file system knows none; ``target`` is never there in part."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = target.with_name(f"{target.name}{_STAGED}{new_id()}")
    try:
        try:
            staged.hardlink_to(source)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(source, staged)
        staged.replace(target)
    finally:
        staged.unlink(missing_ok=True)


def open_local_storage(folder: Path) -> Storage:
    """Storage in a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    return Storage(LocalStore(folder), folder=folder)
