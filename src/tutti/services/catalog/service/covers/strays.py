"""Images that were stored for a row which was never written: their process was killed in between."""

from collections.abc import AsyncIterator

from tutti.kit.db import Database
from tutti.kit.storage import Storage
from tutti.services.catalog.repository import covers
from tutti.services.catalog.service.covers.uploads import PREFIX

_BATCH = 500
_LOOKS = 2


class Strays:
    """Deletes them at the second look after a start: what is merely on its way has its row by then."""

    def __init__(self, db: Database, storage: Storage) -> None:
        self._db = db
        self._storage = storage
        self._suspects: set[str] = set()
        self._looks = 0

    async def sweep(self) -> None:
        """Look, unless that was done: no more strays come while this process lives."""
        if self._looks == _LOOKS:
            return
        found = {key async for key in self._unknown()}
        await self._storage.delete(*(found & self._suspects))
        self._suspects = found
        self._looks += 1

    async def _unknown(self) -> AsyncIterator[str]:
        batch: list[str] = []
        async for key in self._storage.list_keys(f"{PREFIX}/"):
            batch.append(key)
            if len(batch) == _BATCH:
                for unknown in await self._db.read(covers.find_unknown_uploads, batch):
                    yield unknown
                batch = []
        for unknown in await self._db.read(covers.find_unknown_uploads, batch):
            yield unknown
