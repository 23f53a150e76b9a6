"""Uploads that nobody completed, and objects that nobody knows of: cleared away by and by."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import structlog

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.storage import Incoming, Storage
from tutti.services.media.api import UploadState
from tutti.services.media.repository import uploads as repository
from tutti.services.media.service.uploads.beginning import INCOMING
from tutti.services.media.service.uploads.limits import DAY
from tutti.services.media.service.uploads.own import clear
from tutti.services.media.service.uploads.settings import UploadsSettings

T = TypeVar("T")
_BATCH = 200

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.media")


class Sweep:
    """Deletes objects first and rows last: a crash in between is made good by the next sweep."""

    def __init__(self, settings: UploadsSettings, db: Database, storage: Storage, incoming: Incoming) -> None:
        self._settings = settings
        self._db = db
        self._storage = storage
        self._incoming = incoming

    async def sweep(self) -> None:
        """Clear away all that is due; may be repeated at any time, and stopped."""
        present = now()
        expired = await self._expire(present)
        await self._forget("failed", present - timedelta(days=self._settings.failed_kept_days))
        await self._forget("ready", present - timedelta(days=self._settings.history_days))
        await self._forget("discarded", present - DAY)  # until then they count as uploads of the day
        strays = await self._delete_strays() + await self._abort_strays()
        if expired or strays:
            log.info("swept uploads", expired=expired, strays=strays)

    async def _expire(self, present: datetime) -> int:
        count = 0
        while late := await self._db.read(repository.list_expired, present, _BATCH):
            for upload in late:
                # First the row: no more bytes are taken, and a completion that comes now loses.
                changes = {"state": "discarded", "finished_at": upload.created_at}
                if await self._db.write(repository.change_upload, upload.id, ["waiting"], changes):
                    await clear(self._storage, self._incoming, upload)
                    count += 1
        return count

    async def _forget(self, state: UploadState, before: datetime) -> None:
        while ended := await self._db.read(repository.list_finished, (state,), before, _BATCH):
            for upload in ended:
                await clear(self._storage, self._incoming, upload)
            await self._db.write(repository.delete_uploads, [upload.id for upload in ended])

    async def _delete_strays(self) -> int:
        """Delete objects that no upload needs: sent to an address that outlived its upload, or left by a crash."""
        count = 0
        async for keys in _batches(self._storage.list_keys(INCOMING)):
            kept = await self._kept(keys)
            strays = [key for key in keys if key not in kept]
            await self._storage.delete(*strays)
            count += len(strays)
        return count

    async def _abort_strays(self) -> int:
        count = 0
        async for batch in _batches(self._incoming.list_unfinished(INCOMING)):
            kept = await self._kept([each.key for each in batch])
            for each in batch:
                if each.key not in kept:
                    await self._incoming.abort(each.key, each.multipart_id)
                    count += 1
        return count

    async def _kept(self, keys: Sequence[str]) -> set[str]:
        ids = [key.removeprefix(INCOMING) for key in keys]
        kept = await self._db.read(repository.list_kept, [each for each in ids if _is_id(each)])
        return {INCOMING + each for each in kept}


async def _batches(items: AsyncIterator[T]) -> AsyncIterator[list[T]]:
    batch: list[T] = []
    async for item in items:
        batch.append(item)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
