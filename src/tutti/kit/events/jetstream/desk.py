"""All that a process does for one consumer: a lane for each partition, and what is parked."""

import asyncio
import contextlib

import structlog

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.events import measuring
from tutti.kit.events.crew import BEATS_PER_LEASE
from tutti.kit.events.delivery import Subscription
from tutti.kit.events.jetstream.consumers import Consumers
from tutti.kit.events.jetstream.gate import Gate
from tutti.kit.events.jetstream.lane import Lane
from tutti.kit.events.jetstream.link import Link
from tutti.kit.events.jetstream.names import Names
from tutti.kit.events.jetstream.reception import Reception
from tutti.kit.events.jetstream.retries import Retries, SharedCrew
from tutti.kit.events.jetstream.waiting import find_waiting
from tutti.kit.events.measuring import Waiting, measure_now_and_then
from tutti.kit.events.pump import Pump
from tutti.kit.events.settings import EventSettings
from tutti.kit.tasks import end_tasks

_GRACE_S = 10.0  # for handlers under way when the process stops

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class Desk:
    """Memory is one event for each lane, whatever the lag."""

    def __init__(
        self, db: Database, link: Link, consumers: Consumers, subscription: Subscription, settings: EventSettings
    ) -> None:
        self.subscription = subscription
        self._db = db
        self._link = link
        self._consumers = consumers
        self._settings = settings
        self._gate = Gate(db, subscription.consumer, settings)
        work = subscription.long_work
        self.worker: Pump = (
            Retries(db, subscription, settings, self._gate)
            if work is None
            else SharedCrew(db, subscription, work, settings, self._gate)
        )
        reception = Reception(db, subscription, settings, self.worker)
        self._lanes = [
            Lane(link, consumers, subscription, partition, settings, self._gate, reception)
            for partition in range(settings.nats_partitions)
        ]
        self._delivering: list[asyncio.Task[None]] = []
        self._others: list[asyncio.Task[None]] = []

    @property
    def alive(self) -> bool:
        """Whether all of it runs."""
        tasks = (*self._delivering, *self._others)
        return self.worker.alive and bool(tasks) and not any(task.done() for task in tasks)

    async def start(self) -> None:
        """Start where the consumer stands."""
        await self.worker.start()
        await self._gate.look()
        name = f"events {self.subscription.consumer}"
        self._delivering = [
            asyncio.create_task(lane.run(), name=f"{name} {partition}") for partition, lane in enumerate(self._lanes)
        ]
        self._others = [
            asyncio.create_task(self._beat(), name=f"{name} beats"),
            asyncio.create_task(measure_now_and_then(self._measure), name=f"{name} lag"),
        ]

    async def stop(self) -> None:
        """Let the handlers under way finish, within a grace; the rest is given back for other copies."""
        for lane in self._lanes:
            lane.stop()
        self._gate.opened.set()
        if self._delivering and self._link.ready.is_set():
            await asyncio.wait(self._delivering, timeout=_GRACE_S)
        await end_tasks(*self._delivering, *self._others)
        await self.worker.stop()

    async def _beat(self) -> None:
        """Tell JetStream what is being worked on, before it takes us for dead."""
        while True:
            await asyncio.sleep(self._settings.lease_s / BEATS_PER_LEASE)
            for message in list(self._gate.in_hand.values()):
                with contextlib.suppress(Exception):  # NATS is away: it delivers again, and the inbox knows
                    await message.in_progress()

    async def _measure(self) -> None:
        names, consumer = Names.of(self._settings), self.subscription.consumer
        if self.subscription.long_work is not None:
            measuring.show_queued(consumer, await self._db.read(measuring.find_queued_since, consumer))
        stored = await find_waiting(self._link.js, self._consumers, names, self.subscription, self._gate.rewinds)
        in_hand = now() - self._gate.measure_age()
        since = in_hand if stored.since is None else min(in_hand, stored.since)
        measuring.show_waiting(consumer, Waiting(count=stored.count, since=since if stored.count else None))
