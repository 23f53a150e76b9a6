"""Resized covers in storage, within a bound of bytes: the least lately used go first.

What was used is noted in memory and written now and then, by each process for itself: a read of a cover writes nothing.
"""

from collections.abc import AsyncIterator
from datetime import datetime

import structlog

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.storage import Storage, StorageError
from tutti.services.catalog.repository import covers
from tutti.services.catalog.repository.covers import Rendition

PREFIX = "covers"
_BATCH = 500
_LOOKS = 2
_AFTER_SWEEP = 0.9  # of the bound, so that not every sweep has a little to do

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.catalog")


class RenditionCache:
    """Keeps resized covers."""

    def __init__(self, db: Database, storage: Storage, *, bound_bytes: int) -> None:
        self._db = db
        self._storage = storage
        self._bound_bytes = bound_bytes
        self._used: dict[str, tuple[int, datetime]] = {}
        self._suspects: set[str] = set()
        self._looks = 0

    async def find(self, key: str) -> bytes | None:
        """Return what is kept under ``key``."""
        content = await self._storage.find(key)
        if content is not None:
            self._used[key] = len(content), now()
        return content

    async def put(self, key: str, content: bytes) -> None:
        """Keep ``content`` under ``key``; where the store has no room, it is made again each time it is looked at."""
        try:
            await self._storage.put(key, content)
        except StorageError as error:
            log.warning("a cover is not kept", key=key, error=str(error).partition("\n")[0])
        else:
            self._used[key] = len(content), now()

    async def note(self) -> None:
        """Write down what was used here."""
        used, self._used = self._used, {}
        noted = [Rendition(key, size_bytes, at) for key, (size_bytes, at) in used.items()]
        await self._db.write(covers.note_renditions, noted)

    async def sweep(self) -> None:
        """Delete what passes the bound."""
        await self.note()
        if self._looks < _LOOKS:
            await self._reconcile()
            self._looks += 1
        total = await self._db.read(covers.sum_renditions)
        if total > self._bound_bytes:
            await self._shrink(total)

    async def _shrink(self, total: int) -> None:
        while total > self._bound_bytes * _AFTER_SWEEP:
            least_used = await self._db.read(covers.list_least_used, _BATCH)
            gone: list[str] = []
            for rendition in least_used:
                if total <= self._bound_bytes * _AFTER_SWEEP:
                    break
                total -= rendition.size_bytes
                gone.append(rendition.key)
            if not gone:
                return
            await self._storage.delete(*gone)
            await self._db.write(covers.forget_renditions, gone)

    async def _reconcile(self) -> None:
        """Delete what no account is kept of: made just before a process was killed.

        Only at the second look: what another process has just made is written down by then.
        """
        found: set[str] = set()
        async for keys in _batches(self._storage.list_keys(f"{PREFIX}/")):
            unknown = await self._db.read(covers.find_unknown, keys) - self._used.keys()
            await self._storage.delete(*(unknown & self._suspects))
            found |= unknown - self._suspects
        self._suspects = found


async def _batches(keys: AsyncIterator[str]) -> AsyncIterator[list[str]]:
    batch: list[str] = []
    async for key in keys:
        batch.append(key)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
