"""Which jobs run in which copy of media: for show alone, and it may be lost. Whose a job is, the event log decides."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import msgspec

from tutti.kit.clock import now
from tutti.kit.stores import Stores
from tutti.kit.tasks import end_tasks

_KEY = "media:jobs"
_NOTED_EVERY_S = 5.0
_FORGOTTEN_AFTER = timedelta(minutes=1)
"""An entry that is not renewed is of a process that was killed; clocks may differ by half of it."""


class UnderWay(msgspec.Struct, kw_only=True):
    """A job that runs somewhere."""

    started_at: datetime
    share: float = 0.0
    """How much of it is done, 0 to 1."""


class _Entry(UnderWay, kw_only=True):
    seen_at: datetime


_entries = msgspec.msgpack.Decoder(dict[str, _Entry])


class Board:
    """What the jobs here do is known at once; of those in other copies, what they noted a few seconds ago."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._here: dict[str, UnderWay] = {}

    @asynccontextmanager
    async def showing(self, job_id: str) -> AsyncGenerator[UnderWay, None]:
        """Show a job as running for the length of a block, which says how far it is."""
        under_way = self._here[job_id] = UnderWay(started_at=now())
        noting = asyncio.create_task(self._note(job_id, under_way), name=f"show {job_id}")
        try:
            yield under_way
        finally:
            del self._here[job_id]
            await end_tasks(noting)
            await self._change(job_id, None)

    async def list_running(self) -> Mapping[str, UnderWay]:
        """Return what runs anywhere, by the id of the job."""
        stored = await self._stores.get(_KEY)
        return _living(stored) | self._here

    async def _note(self, job_id: str, under_way: UnderWay) -> None:
        while True:
            seen = _Entry(started_at=under_way.started_at, share=under_way.share, seen_at=now())
            await self._change(job_id, seen)
            await asyncio.sleep(_NOTED_EVERY_S)

    async def _change(self, job_id: str, entry: _Entry | None) -> None:
        def edit(stored: bytes | None) -> bytes | None:
            entries = _living(stored)
            entries.pop(job_id, None)
            if entry is not None:
                entries[job_id] = entry
            return msgspec.msgpack.encode(entries) if entries else None

        await self._stores.change(_KEY, edit, _FORGOTTEN_AFTER.total_seconds())


def _living(stored: bytes | None) -> dict[str, UnderWay]:
    oldest = now() - _FORGOTTEN_AFTER
    entries = _entries.decode(stored) if stored else {}
    return {job_id: entry for job_id, entry in entries.items() if entry.seen_at > oldest}
