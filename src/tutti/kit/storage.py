"""Objects (renditions, cover art, avatars) through obstore: a local folder in solo, S3 in split."""

from collections.abc import AsyncIterator
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore


class Storage:
    """A flat space of objects by key (``covers/ab/cdef…``)."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, key: str, content: bytes) -> None:
        """Store ``content`` under ``key``, whole or not at all; replaces what was there."""
        await obstore.put_async(self._store, key, content)

    async def find(self, key: str) -> bytes | None:
        """Return the content under ``key``; None where there is none."""
        try:
            return bytes(await (await obstore.get_async(self._store, key)).bytes_async())
        except FileNotFoundError:
            return None

    async def delete(self, *keys: str) -> None:
        """Delete the objects; a missing one is no error."""
        for key in keys:
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
