"""Handing events to a consumer's handlers: once in effect, in the trace of whoever told them."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from tutti.kit.db.database import claiming
from tutti.kit.events import metrics
from tutti.kit.events.attempts import counting
from tutti.kit.events.event import Event
from tutti.kit.events.item import Failure, Item
from tutti.kit.events.outbox import AlreadyHandled, Receipt
from tutti.kit.events.settings import EventSettings
from tutti.kit.trace import enter_trace

Handler = Callable[[Any], Awaitable[None]]
"""Receives one event; opens at most one transaction, which then also records that the event was handled."""

_ERROR_CHARACTERS = 2_000

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class LongWork(msgspec.Struct, frozen=True, kw_only=True):
    """How a consumer works whose handlers take minutes, in place of what `EventSettings` says of all others."""

    concurrency: int = 1
    """Events of different keys worked on at once."""
    timeout_s: float = 3600.0
    """A handler that takes longer has failed."""
    max_attempts: int = 5
    backoff_s: float = 10.0
    given_up: Mapping[type[Event], Handler] = {}
    """Hears of events whose every try ended with its process, before they are buried and perhaps more than once: nobody
    was there to do what a handler does that fails at its last try."""


@dataclass(frozen=True)
class Subscription:
    """A consumer, and what it does with the types it hears."""

    consumer: str
    hears: Mapping[type[Event], Handler]
    long_work: LongWork | None = None
    """Set where handlers take long; they may then open any number of transactions, and have to bear being repeated
    from any point up to their return."""

    @property
    def types(self) -> list[str]:
        """The names of the types it hears."""
        return [kind.TYPE for kind in self.hears]


class Delivery:
    """Hands one item at a time to its handler and says what became of it."""

    def __init__(self, subscription: Subscription, settings: EventSettings) -> None:
        self.consumer = subscription.consumer
        self._settings = settings
        self._claims = subscription.long_work is None
        self._handlers = {kind.TYPE: (kind, handler) for kind, handler in subscription.hears.items()}
        work = subscription.long_work
        self._given_up: Mapping[type[Event], Handler] = {} if work is None else work.given_up
        self._took = metrics.DURATION.labels(self.consumer)

    async def deliver(self, item: Item) -> Failure | Receipt:
        """Run the handler of ``item``; return its receipt, or why it failed and when to try again."""
        enter_trace(item.envelope.trace_parent)
        kind, handler = self._handlers[item.envelope.type]
        started = time.perf_counter()
        try:
            event = kind.read(item.envelope)
        except msgspec.MsgspecError as error:  # it will not read any better next time
            return self._failure(item, error, final=True)
        receipt = Receipt(self.consumer, item.envelope.id)
        try:
            claimed = claiming(receipt) if self._claims else nullcontext()
            with claimed, counting(item.attempts + 1, self._settings.max_attempts):
                async with asyncio.timeout(self._settings.handler_timeout_s):
                    await handler(event)
        except AlreadyHandled:
            return receipt
        except asyncio.CancelledError as error:
            if _is_cancelled():
                raise
            return self._failure(item, error, final=False)  # what it waited for was cancelled, and not the handler
        except Exception as error:  # noqa: BLE001  whatever a handler raises, other events go on
            return self._failure(item, error, final=False)
        self._took.observe(time.perf_counter() - started)
        metrics.HANDLED.labels(self.consumer, item.envelope.type).inc()
        return receipt

    async def give_up(self, item: Item) -> None:
        """Let who does long work hear of an event that will not be tried again; raises what that raises."""
        enter_trace(item.envelope.trace_parent)
        kind, _ = self._handlers[item.envelope.type]
        handler = self._given_up.get(kind)
        if handler is not None:
            with counting(item.attempts, self._settings.max_attempts):
                await handler(kind.read(item.envelope))

    def _failure(self, item: Item, error: BaseException, *, final: bool) -> Failure:
        attempts = item.attempts + 1
        given_up = final or attempts >= self._settings.max_attempts
        labels = (self.consumer, item.envelope.type)
        metrics.FAILED.labels(*labels).inc()
        if given_up:
            metrics.DEAD.labels(*labels).inc()
        log.error(
            "an event was given up" if given_up else "an event failed and will be tried again",
            consumer=self.consumer,
            event_type=item.envelope.type,
            event_id=item.envelope.id,
            attempts=attempts,
            exc_info=error,
        )
        return Failure(
            error=f"{type(error).__name__}: {error}"[:_ERROR_CHARACTERS],
            attempts=attempts,
            retry_in=None if given_up else self._pause(attempts),
        )

    def _pause(self, attempts: int) -> timedelta:
        """Doubling, at most ``backoff_max_s``, and up to half of it taken off by chance: not all come back at once."""
        pause_s = min(self._settings.backoff_max_s, self._settings.backoff_s * 2 ** (attempts - 1))
        return timedelta(seconds=pause_s * random.uniform(0.5, 1.0))  # noqa: S311  no secret


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
