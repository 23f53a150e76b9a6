"""Watching: what every process hears, for what it remembers itself. No receipts, no retries, nothing from before."""

import asyncio
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy import Connection

from tutti.kit.db import Database
from tutti.kit.events.delivery import Handler, Subscription
from tutti.kit.events.event import Envelope, Event
from tutti.kit.events.item import Item, read_item
from tutti.kit.events.settings import EventSettings
from tutti.kit.events.tables import outbox
from tutti.kit.tasks import end_tasks, is_set_within
from tutti.kit.trace import enter_trace

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class Watchers:
    """Who watches what in this process."""

    def __init__(self, settings: EventSettings) -> None:
        self._limit_s = settings.handler_timeout_s
        self._watching: dict[str, list[tuple[str, type[Event], Handler]]] = {}

    @property
    def types(self) -> Sequence[str]:
        """The names of the types that anybody watches."""
        return sorted(self._watching)

    def add(self, subscription: Subscription) -> None:
        """Let the handlers of a subscription hear."""
        for kind, handler in subscription.hears.items():
            self._watching.setdefault(kind.TYPE, []).append((subscription.consumer, kind, handler))

    async def tell(self, envelope: Envelope) -> None:
        """Call everybody who watches the type of ``envelope``; one that fails is logged, and that is all."""
        enter_trace(envelope.trace_parent)
        for consumer, kind, handler in self._watching.get(envelope.type, ()):
            try:
                async with asyncio.timeout(self._limit_s):
                    await handler(kind.read(envelope))
            except (Exception, msgspec.MsgspecError):
                log.exception("what watches an event failed", consumer=consumer, event_id=envelope.id)


class LogWatch:
    """Follows the log in the database from where it ends at the start."""

    def __init__(self, db: Database, watchers: Watchers, settings: EventSettings) -> None:
        self._db = db
        self._watchers = watchers
        self._settings = settings
        self._woken = asyncio.Event()
        self._seq = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether the loop runs, or has nothing to do."""
        return self._task is not None and not self._task.done() if self._watchers.types else True

    def wake(self) -> None:
        """Look at the log now."""
        self._woken.set()

    async def start(self) -> None:
        """Watch from now on."""
        if self._watchers.types:
            self._seq = await self._db.read(find_end)
            self._task = asyncio.create_task(self._run(), name="events watch")

    async def stop(self) -> None:
        """Watch no more."""
        if self._task is not None:
            await end_tasks(self._task)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                items, end = await self._db.read(_find_after, self._seq, self._watchers.types, self._settings.batch)
                for item in items:
                    await self._watchers.tell(item.envelope)
                self._seq = end
            except Exception:
                log.exception("events are not watched for the moment")
                items = []
            if len(items) < self._settings.batch:
                await is_set_within(self._woken, self._settings.poll_s)


def find_end(db: Connection) -> int:
    """Return the last place in the log."""
    return db.execute(sa.select(sa.func.max(outbox.c.seq))).scalar_one() or 0


def _find_after(db: Connection, seq: int, types: Sequence[str], limit: int) -> tuple[list[Item], int]:
    """Return what comes after ``seq``, and up to where that is all."""
    end = max(seq, find_end(db))
    chosen = sa.select(outbox).where(outbox.c.seq > seq, outbox.c.seq <= end, outbox.c.type.in_(list(types)))
    items = [read_item(row) for row in db.execute(chosen.order_by(outbox.c.seq).limit(limit))]
    return items, items[-1].seq if len(items) == limit else end
