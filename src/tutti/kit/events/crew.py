"""The loop of a consumer whose handlers take long: jobs begin and end on their own, none waits for another's end."""

import asyncio
from datetime import timedelta

import msgspec
import structlog

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.events import claims, metrics, rounds, works
from tutti.kit.events.claims import Tenure
from tutti.kit.events.delivery import LongWork, Subscription
from tutti.kit.events.item import Failure, Item
from tutti.kit.events.pump import Pump
from tutti.kit.events.rounds import Outcome
from tutti.kit.events.settings import EventSettings
from tutti.kit.ids import new_id

_END_LIMIT_S = 5.0
"""For cancelled jobs to put down what they started."""
BEATS_PER_LEASE = 3
"""How often a claim is renewed before it would end."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class Crew(Pump):
    """Queues what is told (`works`), and works on up to ``concurrency`` keys at once.

    A job is claimed when it begins (`claims`), which counts its try. When the process stops, jobs under way are
    cancelled: they stay in the queue, and begin again at its next start without having used up a try.
    """

    def __init__(self, db: Database, subscription: Subscription, work: LongWork, settings: EventSettings) -> None:
        super().__init__(db, subscription, settings_for(work, settings))
        self._jobs: dict[str, asyncio.Task[None]] = {}
        self._under_way: dict[str, Item] = {}
        self._is_alone = False
        self._tenure = Tenure(new_id(), timedelta(seconds=settings.lease_s))
        self._beating: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the loop; what a process before this one had begun is there to be begun again."""
        await self._db.write(claims.forget_claims, self.consumer)
        await self._start()

    async def _start(self) -> None:
        await super().start()
        self._beating = asyncio.create_task(self._beat(), name=f"events {self.consumer} claims")

    async def stop(self) -> None:
        """Cancel the jobs under way, give back their tries, and write the cursor."""
        self._stopping = True
        under_way, jobs = dict(self._under_way), dict(self._jobs)
        for job in jobs.values():
            job.cancel()
        if jobs:
            _, stuck = await asyncio.wait(jobs.values(), timeout=_END_LIMIT_S)
            if stuck:
                log.error("jobs do not end", consumer=self.consumer, jobs=len(stuck))
            ended = [item.seq for key, item in under_way.items() if jobs[key] not in stuck]
            await self._db.write(claims.release, self.consumer, self._tenure, ended)
        if self._beating is not None:
            self._beating.cancel()
        await super().stop()

    async def _round(self) -> float:
        """Queue what is new and begin what is due; return for how many seconds there will be nothing more."""
        fresh = await self._db.read(
            rounds.take_fresh,
            self.consumer,
            self.types,
            self._at,
            limit=self._settings.batch,
            parked_limit=self._settings.parked_limit,
        )
        if fresh.items:
            await self._db.write(works.enqueue, self.consumer, fresh, now())
        await self._arrive(fresh.start, fresh.end, saved=bool(fresh.items))
        due_s = await self._begin() if fresh.items or fresh.next_due_at else self._settings.poll_s
        return 0.0 if fresh.full else due_s

    async def _begin(self) -> float:
        """Begin what is due, as far as there are hands; return in how many seconds something may be."""
        free = self._settings.concurrency - len(self._jobs)
        if free <= 0 or (self._jobs and self._is_alone):
            return self._settings.poll_s  # the end of a job wakes the loop
        due = await self._db.read(claims.find_due, self.consumer, self.types, list(self._jobs))
        if due.any and not self._stopping:
            await self._claim(free)
        return self._pause_s(due.next_at)

    async def _claim(self, free: int) -> None:
        claimed = await self._db.write(
            claims.claim,
            self.consumer,
            self.types,
            self._tenure,
            busy=list(self._jobs),
            limit=free,
            max_attempts=self._settings.max_attempts,
        )
        if self._stopping:
            await self._db.write(claims.release, self.consumer, self._tenure, [item.seq for item in claimed.items])
            return
        self._is_alone = claimed.is_alone
        for item in claimed.items:
            self._start_job(item)
        if claimed.spent:
            for item in claimed.spent:
                await self._delivery.give_up(item)
            await bury(self._db, self.consumer, claimed.spent)
            self.wake()

    def _start_job(self, item: Item) -> None:
        job = asyncio.create_task(self._work(item), name=f"{self.consumer} {item.key}")
        self._jobs[item.key] = job
        self._under_way[item.key] = item
        working = metrics.WORKING.labels(self.consumer)
        working.inc()

        def end(_: asyncio.Task[None]) -> None:
            del self._jobs[item.key], self._under_way[item.key]
            working.dec()
            self.wake()

        job.add_done_callback(end)

    async def _work(self, item: Item) -> None:
        result = await self._delivery.deliver(item)
        outcome = Outcome(failed=[(item, result)]) if isinstance(result, Failure) else Outcome(healed=[item])
        try:
            await self._db.write(works.finish, self.consumer, self._tenure, outcome)
        except Exception:  # the database is away: the job stays in the queue, and begins again when its claim ends
            log.exception("the end of a job could not be written down", consumer=self.consumer)

    async def _beat(self) -> None:
        """Renew the claims of jobs under way, and stop those that were taken from us: another copy works on them."""
        while True:
            await asyncio.sleep(self._tenure.lease.total_seconds() / BEATS_PER_LEASE)
            if not self._under_way:
                continue
            begun = dict(self._under_way)
            try:
                held = await self._db.write(claims.renew, self.consumer, self._tenure)
            except Exception:  # the database is away; jobs go on, and the end of those that were taken is not written
                log.exception("claims could not be renewed", consumer=self.consumer)
                continue
            for key, item in begun.items():
                if item.seq not in held and self._under_way.get(key) is item:
                    log.error("a job was taken over by another copy", consumer=self.consumer, event_id=item.envelope.id)
                    self._jobs[key].cancel()


async def bury(db: Database, consumer: str, spent: list[Item]) -> None:
    """Give up events that used up their tries without coming to an end."""
    await db.write(works.give_up, consumer, spent)
    for item in spent:
        metrics.DEAD.labels(consumer, item.envelope.type).inc()
        log.error("an event was given up", consumer=consumer, event_id=item.envelope.id, attempts=item.attempts)


def settings_for(work: LongWork, settings: EventSettings) -> EventSettings:
    """Return ``settings`` with what long work says otherwise."""
    return msgspec.structs.replace(
        settings,
        concurrency=work.concurrency,
        handler_timeout_s=work.timeout_s,
        max_attempts=work.max_attempts,
        backoff_s=work.backoff_s,
    )
