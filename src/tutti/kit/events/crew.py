"""The loop of a consumer whose handlers take long: jobs begin and end on their own, none waits for another's end."""

import asyncio

import msgspec
import structlog

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.events import metrics, rounds, works
from tutti.kit.events.delivery import LongWork, Subscription
from tutti.kit.events.item import Failure, Item
from tutti.kit.events.pump import Pump
from tutti.kit.events.settings import EventSettings

_END_LIMIT_S = 5.0
"""For cancelled jobs to put down what they started."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class Crew(Pump):
    """Queues what is told (`works`), and works on up to ``concurrency`` keys at once.

    When the process stops, jobs under way are cancelled: they are still in the queue, and begin again at its next start
    without having used up a try.
    """

    def __init__(self, db: Database, subscription: Subscription, work: LongWork, settings: EventSettings) -> None:
        super().__init__(db, subscription, _settings_for(work, settings))
        self._jobs: dict[str, asyncio.Task[None]] = {}

    async def stop(self) -> None:
        """Cancel the jobs under way, and write the cursor."""
        self._stopping = True
        for job in self._jobs.values():
            job.cancel()
        if self._jobs:
            _, stuck = await asyncio.wait(self._jobs.values(), timeout=_END_LIMIT_S)
            if stuck:
                log.error("jobs do not end", consumer=self.consumer, jobs=len(stuck))
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
        self._show_lag(fresh.end - fresh.start.seq, (item.envelope.occurred_at for item in fresh.items))
        if fresh.items:
            await self._db.write(works.enqueue, self.consumer, fresh, now())
        await self._arrive(fresh.start, fresh.end, saved=bool(fresh.items))
        due_s = await self._begin() if fresh.items or fresh.next_due_at else self._settings.poll_s
        return 0.0 if fresh.full else due_s

    async def _begin(self) -> float:
        """Begin what is due, as far as there are hands; return in how many seconds something may be."""
        free = self._settings.concurrency - len(self._jobs)
        if free <= 0:
            return self._settings.poll_s  # the end of a job wakes the loop
        due = await self._db.read(works.find_due, self.consumer, list(self._jobs), free, now())
        for item in due.items:
            if not self._stopping:
                self._start_job(item)
        return self._pause_s(due.next_at)

    def _start_job(self, item: Item) -> None:
        job = asyncio.create_task(self._work(item), name=f"{self.consumer} {item.key}")
        self._jobs[item.key] = job
        working = metrics.WORKING.labels(self.consumer)
        working.inc()

        def end(_: asyncio.Task[None]) -> None:
            del self._jobs[item.key]
            working.dec()
            self.wake()

        job.add_done_callback(end)

    async def _work(self, item: Item) -> None:
        try:
            result = await self._delivery.deliver(item)
            failure = result if isinstance(result, Failure) else None
            await self._db.write(works.finish, self.consumer, item, failure, now())
        except Exception:  # the database is away: the job stays in the queue, and begins again
            log.exception("the end of a job could not be written down", consumer=self.consumer)


def _settings_for(work: LongWork, settings: EventSettings) -> EventSettings:
    return msgspec.structs.replace(
        settings,
        concurrency=work.concurrency,
        handler_timeout_s=work.timeout_s,
        max_attempts=work.max_attempts,
        backoff_s=work.backoff_s,
    )
