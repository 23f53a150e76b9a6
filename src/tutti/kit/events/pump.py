"""One consumer's loop: take a batch, hand it out by key, write down what became of it."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import datetime

import structlog

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.events import rounds
from tutti.kit.events.delivery import Delivery, Subscription
from tutti.kit.events.item import Chain, Failure
from tutti.kit.events.rounds import Outcome, Position, Taken
from tutti.kit.events.settings import EventSettings
from tutti.kit.tasks import is_set_within

_PAUSE_AFTER_TROUBLE_S = 1.0
_GRACE_S = 10.0  # for handlers under way when the process stops

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class Pump:
    """Pulls events for one consumer in bounded rounds; holds one round in memory, whatever the lag.

    Events of one key are handled one after the other, those of different keys up to ``concurrency`` at once. The cursor
    is written when a round has more to write anyway, when a whole batch has passed since, and when the log falls quiet:
    after a crash, what lies between is dropped by the inbox.
    """

    def __init__(self, db: Database, subscription: Subscription, settings: EventSettings) -> None:
        self.consumer = subscription.consumer
        self.types = subscription.types
        self._db = db
        self._settings = settings
        self._delivery = Delivery(subscription, settings)
        self._woken = asyncio.Event()
        self._stopping = False
        self._is_cut = False
        self._at = Position(0, 0)
        self._saved = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether the loop runs."""
        return self._task is not None and not self._task.done()

    @property
    def place(self) -> int:
        """Up to where in the log everything was handled or parked."""
        return self._at.seq

    def wake(self) -> None:
        """Look at the log now."""
        self._woken.set()

    async def start(self) -> None:
        """Start the loop where the consumer stands."""
        self._at = await self._db.write(rounds.open_cursor, self.consumer)
        self._saved = self._at.seq
        self._stopping = self._is_cut = False
        self._task = asyncio.create_task(self._run(), name=f"events {self.consumer}")

    async def stop(self) -> None:
        """Let the handlers under way finish, within a grace, and write the cursor."""
        if self._task is None:
            return
        self._stopping = True
        self.wake()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await self._task
                await self._save_position()

    async def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            try:
                pause_s = await self._round()
                if pause_s and not await is_set_within(self._woken, pause_s):
                    await self._save_position()
            except Exception:
                log.exception("events are not delivered for the moment", consumer=self.consumer)
                await is_set_within(self._woken, _PAUSE_AFTER_TROUBLE_S)

    async def _round(self) -> float:
        """Do what there is to do; return for how many seconds there will be nothing more."""
        taken = await self._db.read(
            rounds.take,
            self.consumer,
            self.types,
            self._at,
            limit=self._settings.batch,
            parked_limit=self._settings.parked_limit,
            at=now(),
        )
        outcome = Outcome(followers=taken.blocked)
        await self._hand_out(taken.chains, outcome)
        await self._conclude(taken, outcome)
        return 0.0 if taken.chains or taken.full else self._pause_s(taken.next_due_at)

    async def _hand_out(self, chains: list[Chain], outcome: Outcome) -> None:
        waiting = iter(chains)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._settings.concurrency, len(chains))):
                group.create_task(self._work_through(waiting, outcome))

    async def _work_through(self, waiting: Iterator[Chain], outcome: Outcome) -> None:
        for chain in waiting:
            await self._work_along(chain, outcome)

    async def _work_along(self, chain: Chain, outcome: Outcome) -> None:
        """Handle the items of one key in order, up to the first that fails."""
        for place, item in enumerate(chain):
            if self._stopping:
                self._is_cut = True
                return
            result = await self._delivery.deliver(item)
            if isinstance(result, Failure):
                # Those behind it wait even when it is given up: until that is written down, it may come again.
                outcome.failed.append((item, result))
                outcome.followers += [follower for follower in chain[place + 1 :] if not follower.parked]
                return
            if item.parked:
                outcome.healed.append(item)
            if not result.used:
                outcome.unclaimed.append(item.envelope.id)

    async def _conclude(self, taken: Taken, outcome: Outcome) -> None:
        # A round cut short by the end of the process comes again at the next start, less what the inbox knows.
        end = taken.start.seq if self._is_cut else taken.end
        if outcome.needs_settling:
            await self._db.write(rounds.settle, self.consumer, taken.start, end, outcome, now())
        await self._arrive(taken.start, end, saved=outcome.needs_settling)

    async def _arrive(self, start: Position, end: int, *, saved: bool) -> None:
        """Be at ``end``, and write so when a whole batch has passed since the last time."""
        if start.rewinds != self._at.rewinds:
            self._saved = start.seq
        if saved:
            self._saved = end
        self._at = Position(end, start.rewinds)
        if end - self._saved >= self._settings.batch:
            await self._save_position()

    async def _save_position(self) -> None:
        if self._at.seq != self._saved:
            await self._db.write(rounds.save_position, self.consumer, self._at, self._at.seq)
            self._saved = self._at.seq

    def _pause_s(self, next_due_at: datetime | None) -> float:
        if next_due_at is None:
            return self._settings.poll_s
        return min(self._settings.poll_s, max(0.001, (next_due_at - now()).total_seconds()))
