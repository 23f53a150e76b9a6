"""The JetStream transport: the outbox is relayed to streams, and each consumer pulls from all of them, in any copy."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

import structlog
from nats.js import JetStreamContext
from sqlalchemy import Connection

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.events import letters, metrics, outbox, retention
from tutti.kit.events.delivery import Subscription
from tutti.kit.events.event import Envelope
from tutti.kit.events.jetstream import shelf
from tutti.kit.events.jetstream.consumers import Consumers
from tutti.kit.events.jetstream.desk import Desk
from tutti.kit.events.jetstream.link import Link, silence_told
from tutti.kit.events.jetstream.operating import Operating
from tutti.kit.events.jetstream.relay import Relay
from tutti.kit.events.jetstream.watch import PartitionWatch
from tutti.kit.events.letters import DeadLetter, Lag
from tutti.kit.events.settings import EventSettings
from tutti.kit.events.transport import ConsumerNotFound
from tutti.kit.events.watching import Watchers, find_end
from tutti.kit.tasks import end_tasks

_PURGE_EVERY_S = 3600.0
_RECEIPTS_KEPT = timedelta(days=7)
"""For longer than the streams keep events: those may have waited for NATS before they came there."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class JetStreamTransport:
    """Any number of processes of one database and one NATS may deliver at once."""

    def __init__(self, db: Database, settings: EventSettings, nats_url: str) -> None:
        self._db = db
        self._settings = settings
        self._link = Link(nats_url, settings, self._feed_again)
        self._relay = Relay(db, self._link, settings)
        self._consumers = Consumers(db, settings)
        self._operating = Operating(db, self._consumers, settings)
        self._desks: dict[str, Desk] = {}
        self._watchers = Watchers(settings)
        self._running = False

    def subscribe(self, subscription: Subscription) -> None:
        """Add a consumer, before `running`."""
        self._desks[subscription.consumer] = Desk(self._db, self._link, self._consumers, subscription, self._settings)

    def watch(self, subscription: Subscription) -> None:
        """Add handlers that hear everything from now on in this process, before `running`."""
        self._watchers.add(subscription)

    def append(self, db: Connection, envelopes: Sequence[Envelope]) -> None:
        """Write ``envelopes`` to the log; the last statement before the commit."""
        outbox.refuse_large(envelopes, self._settings.max_bytes)
        outbox.append(db, envelopes)

    def committed(self, envelopes: Sequence[Envelope]) -> None:
        """Let the relay send ``envelopes``."""
        for envelope in envelopes:
            metrics.PUBLISHED.labels(envelope.type).inc()
        self._relay.wake()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Relay, deliver, and forget what is old, for the length of a block.

        Raises:
            BadSetting: NATS answers, and is not set up for what our settings say.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._link.close)
            metrics.RETENTION.set(timedelta(days=self._settings.retention_days).total_seconds())
            watched_from = await self._db.read(find_end)
            await self._link.open()
            await self._relay.start()
            stack.push_async_callback(self._relay.stop)
            for desk in self._desks.values():
                await desk.start()
            stack.push_async_callback(self._stop_desks)
            for task in self._background(watched_from):
                stack.push_async_callback(end_tasks, task)
            self._running = True
            try:
                yield
            finally:
                self._running = False

    def _background(self, watched_from: int) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(self._purge_now_and_then(), name="events purge")]
        for partition in range(self._settings.nats_partitions) if self._watchers.types else ():
            watch = PartitionWatch(self._link, self._watchers, partition, self._settings, watched_from)
            tasks.append(asyncio.create_task(watch.run(), name=f"events watch {partition}"))
        return tasks

    async def _stop_desks(self) -> None:
        await asyncio.gather(*(desk.stop() for desk in self._desks.values()))

    @property
    def stalled(self) -> Sequence[str]:
        """Consumers whose loops do not run."""
        return [name for name, desk in self._desks.items() if not desk.alive]

    @property
    def trouble(self) -> str | None:
        """Why events wait at the moment, or None: everything else goes on without them."""
        if not self._running:
            return None
        if not self._relay.alive:
            return "events are not sent to NATS: the relay has stopped"
        return self._link.problem or self._relay.problem

    async def lag(self) -> list[Lag]:
        """How far each consumer is behind.

        Raises:
            NatsAway: it cannot be asked.
        """
        async with self._reaching() as js:
            return [await self._operating.measure(js, desk.subscription) for desk in self._desks.values()]

    async def list_dead(self) -> list[DeadLetter]:
        """The events given up, oldest first."""
        return await self._db.read(letters.list_dead)

    async def retry_dead(self, event_id: str | None) -> int:
        """Try one dead event again, or all of them (None); return how many."""
        count = await self._db.write(letters.retry_dead, event_id, now())
        for desk in self._desks.values():
            desk.worker.wake()
        return count

    async def replay(self, consumer: str, since: datetime) -> int:
        """Let ``consumer`` handle again what NATS was told since; return how many events that are.

        Raises:
            ConsumerNotFound: nobody hears under that name.
            NatsAway: it cannot be asked.
            ReplayUnderWay: somebody else does the same.
        """
        if consumer not in self._desks:
            raise ConsumerNotFound.among(consumer, self._desks)
        async with self._reaching() as js:
            return await self._operating.replay(js, self._desks[consumer].subscription, since)

    async def purge(self) -> None:
        """Forget what NATS has had for long, and receipts of what it has forgotten, in short transactions."""
        relayed = now() - timedelta(days=self._settings.relayed_days)
        while await self._db.write(shelf.purge, relayed):
            pass
        receipts = now() - timedelta(days=self._settings.retention_days) - _RECEIPTS_KEPT
        while await self._db.write(retention.purge_receipts, receipts):
            pass

    @asynccontextmanager
    async def _reaching(self) -> AsyncGenerator[JetStreamContext, None]:
        """Reach JetStream, by a connection of our own where nothing runs: in a command.

        Raises:
            NatsAway: it cannot be asked, also if that shows only in the middle, as while servers choose who leads.
        """
        with silence_told():
            if self._link.is_open:
                yield self._link.js
            else:
                async with self._own_link():
                    yield self._link.js

    @asynccontextmanager
    async def _own_link(self) -> AsyncGenerator[None, None]:
        try:
            await self._link.open()
            yield
        finally:
            await self._link.close()

    async def _feed_again(self) -> bool:
        return await self._db.write(shelf.send_back)

    async def _purge_now_and_then(self) -> None:
        while True:
            try:
                await self.purge()
            except Exception:
                log.exception("old events could not be purged")
            await asyncio.sleep(_PURGE_EVERY_S)
