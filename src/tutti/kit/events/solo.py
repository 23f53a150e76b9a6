"""The solo transport: the outbox table is the log, and each consumer keeps a cursor.

One process delivers; others may tell (``tutti scan`` beside ``tutti serve``), and are noticed by polling.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.events import letters, measuring, metrics, outbox, retention
from tutti.kit.events.crew import Crew
from tutti.kit.events.delivery import Subscription
from tutti.kit.events.event import Envelope
from tutti.kit.events.letters import DeadLetter, Lag
from tutti.kit.events.pump import Pump
from tutti.kit.events.settings import EventSettings
from tutti.kit.events.transport import ConsumerNotFound
from tutti.kit.events.watching import LogWatch, Watchers
from tutti.kit.tasks import end_tasks

_PURGE_EVERY_S = 3600.0

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class SoloTransport:
    """Delivers from the outbox table by one `Pump` per consumer."""

    def __init__(self, db: Database, settings: EventSettings) -> None:
        self._db = db
        self._settings = settings
        self._pumps: dict[str, Pump] = {}
        self._watchers = Watchers(settings)
        self._watch = LogWatch(db, self._watchers, settings)

    def subscribe(self, subscription: Subscription) -> None:
        """Add a consumer, before `running`."""
        work = subscription.long_work
        self._pumps[subscription.consumer] = (
            Pump(self._db, subscription, self._settings)
            if work is None
            else Crew(self._db, subscription, work, self._settings)
        )

    def watch(self, subscription: Subscription) -> None:
        """Add handlers that hear everything from now on, before `running`."""
        self._watchers.add(subscription)

    def append(self, db: Connection, envelopes: Sequence[Envelope]) -> None:
        """Write ``envelopes`` to the log; the last statement before the commit."""
        outbox.refuse_large(envelopes, self._settings.max_bytes)
        outbox.append(db, envelopes)

    def committed(self, envelopes: Sequence[Envelope]) -> None:
        """Wake those who hear any of ``envelopes``."""
        counts = Counter(envelope.type for envelope in envelopes)
        for told_type, count in counts.items():
            metrics.PUBLISHED.labels(told_type).inc(count)
        told = counts.keys()
        for pump in self._pumps.values():
            if not told.isdisjoint(pump.types):
                pump.wake()
        if not told.isdisjoint(self._watchers.types):
            self._watch.wake()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Deliver, and forget what is old, for the length of a block."""
        async with AsyncExitStack() as stack:
            for pump in self._pumps.values():
                await pump.start()
                stack.push_async_callback(pump.stop)
            await self._watch.start()
            stack.push_async_callback(self._watch.stop)
            purging = asyncio.create_task(self._purge_now_and_then(), name="events purge")
            stack.push_async_callback(end_tasks, purging)
            watched = asyncio.create_task(measuring.measure_now_and_then(self._measure), name="events lag")
            stack.push_async_callback(end_tasks, watched)
            yield

    @property
    def stalled(self) -> Sequence[str]:
        """Consumers whose loop does not run."""
        stalled = [name for name, pump in self._pumps.items() if not pump.alive]
        return stalled if self._watch.alive else [*stalled, "watch"]

    @property
    def trouble(self) -> str | None:
        """Nothing: what carries events is the database itself."""
        return None

    async def lag(self) -> list[Lag]:
        """How far each consumer is behind."""
        hearing = [(pump.consumer, pump.types) for pump in self._pumps.values()]
        return await self._db.read(lambda db: [letters.measure_lag(db, *each) for each in hearing])

    async def list_dead(self) -> list[DeadLetter]:
        """The events given up, oldest first."""
        return await self._db.read(letters.list_dead)

    async def retry_dead(self, event_id: str | None) -> int:
        """Try one dead event again, or all of them (None); return how many."""
        count = await self._db.write(letters.retry_dead, event_id, now())
        for pump in self._pumps.values():
            pump.wake()
        return count

    async def replay(self, consumer: str, since: datetime) -> int:
        """Let ``consumer`` handle again what happened since; return how many events that are.

        Raises:
            ConsumerNotFound: nobody hears under that name.
        """
        if consumer not in self._pumps:
            raise ConsumerNotFound.among(consumer, self._pumps)
        count = await self._db.write(letters.replay, consumer, self._pumps[consumer].types, since)
        self._pumps[consumer].wake()
        return count

    async def purge(self) -> None:
        """Forget what is older than the retention and handled by all, in short transactions."""
        before = now() - timedelta(days=self._settings.retention_days)
        more = True
        while more:
            more = await self._db.write(retention.purge, before)

    async def _measure(self) -> None:
        for consumer, pump in self._pumps.items():
            waiting = await self._db.read(measuring.find_waiting, consumer, pump.types, pump.place)
            measuring.show_waiting(consumer, waiting)
            if isinstance(pump, Crew):
                measuring.show_queued(consumer, await self._db.read(measuring.find_queued_since, consumer))

    async def _purge_now_and_then(self) -> None:
        while True:
            try:
                await self.purge()
            except Exception:
                log.exception("old events could not be purged")
            await asyncio.sleep(_PURGE_EVERY_S)
