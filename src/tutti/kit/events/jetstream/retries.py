"""What is parked, worked on by whichever copy claims it first: retries, and long work."""

import asyncio
from datetime import timedelta

import structlog

from tutti.kit.db import Database
from tutti.kit.events import claims, works
from tutti.kit.events.claims import Tenure
from tutti.kit.events.crew import BEATS_PER_LEASE, Crew, bury
from tutti.kit.events.delivery import LongWork, Subscription
from tutti.kit.events.item import Chain, Item
from tutti.kit.events.jetstream import arrivals
from tutti.kit.events.jetstream.gate import Gate
from tutti.kit.events.pump import Pump
from tutti.kit.events.rounds import Outcome
from tutti.kit.events.settings import EventSettings
from tutti.kit.ids import new_id
from tutti.kit.tasks import end_tasks

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class SharedCrew(Crew):
    """Works on jobs that any copy has queued, and any copy may claim."""

    def __init__(
        self, db: Database, subscription: Subscription, work: LongWork, settings: EventSettings, gate: Gate
    ) -> None:
        super().__init__(db, subscription, work, settings)
        self._gate = gate

    async def start(self) -> None:
        """Start the loop; claims of others stand, and those of a copy that died end by themselves."""
        await self._start()

    async def _round(self) -> float:
        state = await self._gate.look()
        return await self._begin() if state.anything_parked else self._settings.poll_s


class Retries(Pump):
    """Tries failed events again, each with those of its key that wait behind it."""

    def __init__(self, db: Database, subscription: Subscription, settings: EventSettings, gate: Gate) -> None:
        super().__init__(db, subscription, settings)
        self._gate = gate
        self._tenure = Tenure(new_id(), timedelta(seconds=settings.lease_s))

    async def _round(self) -> float:
        state = await self._gate.look()
        if not state.anything_parked:
            return self._settings.poll_s
        due = await self._db.read(claims.find_due, self.consumer, self.types, ())
        if not due.any:
            return self._pause_s(due.next_at)
        claimed = await self._db.write(
            claims.claim,
            self.consumer,
            self.types,
            self._tenure,
            busy=(),
            limit=self._settings.concurrency,
            max_attempts=self._settings.max_attempts,
        )
        if claimed.spent:
            await bury(self._db, self.consumer, claimed.spent)
        if claimed.items:
            await self._retry(claimed.items)
        return 0.0

    async def _retry(self, heads: list[Item]) -> None:
        outcome = Outcome()
        beating = asyncio.create_task(self._beat(), name=f"events {self.consumer} claims")
        try:
            await self._hand_out(await self._find_chains(heads), outcome)
        finally:
            await end_tasks(beating)
        tried = {item.seq for item in (*outcome.healed, *(item for item, _ in outcome.failed))}
        untried = [head.seq for head in heads if head.seq not in tried]
        if untried:  # the process stops
            await self._db.write(claims.release, self.consumer, self._tenure, untried)
        await self._db.write(works.finish, self.consumer, self._tenure, outcome)

    async def _find_chains(self, heads: list[Item]) -> list[Chain]:
        keys = [head.key for head in heads]
        waiting = await self._db.read(arrivals.find_chains, self.consumer, keys, self._settings.batch)
        return [[head, *(item for item in waiting if item.key == head.key and item.seq > head.seq)] for head in heads]

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._tenure.lease.total_seconds() / BEATS_PER_LEASE)
            try:
                await self._db.write(claims.renew, self.consumer, self._tenure)
            except Exception:  # the database is away: the outcome is not written either, once another has taken over
                log.exception("claims could not be renewed", consumer=self.consumer)
