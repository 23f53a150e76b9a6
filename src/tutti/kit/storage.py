"""Objects (renditions, cover art, avatars) through obstore: a local folder in solo, S3 in split."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore

MAX_KEY_LENGTH = 200
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*", re.ASCII)


def is_key(text: str) -> bool:
    """Whether an object can be stored under ``text``: parts of ASCII letters, digits, and ``._-`` after the first."""
    return len(text) <= MAX_KEY_LENGTH and _KEY.fullmatch(text) is not None


class Storage:
    """A flat space of objects by key (``covers/ab/cdef…``). What is no key (`is_key`) names no object.

    Raises `obstore.exceptions.BaseError` where the store fails: a full disk, a file that cannot be read.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

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
                yield entry["path"]


def open_local_storage(folder: Path) -> Storage:
    """Storage in a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    return Storage(LocalStore(folder))
