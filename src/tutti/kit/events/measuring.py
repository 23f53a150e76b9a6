"""How far consumers are behind, for Prometheus: looked up now and then, whether they work, wait or hang."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Never

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy import Connection

from tutti.kit.clock import now
from tutti.kit.events import metrics
from tutti.kit.events.claims import clock, is_unclaimed
from tutti.kit.events.tables import inbox, outbox, parked

EVERY_S = 15.0

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What a consumer has not handled yet."""

    count: int
    since: datetime | None
    """When the oldest of it happened."""


async def measure_now_and_then(measure: Callable[[], Awaitable[None]]) -> Never:
    """Call ``measure`` for ever; what is away is said aloud by others."""
    while True:
        try:
            await measure()
        except Exception:  # the figures stay as they were until it can be measured again
            log.debug("how far consumers are cannot be measured", exc_info=True)
        await asyncio.sleep(EVERY_S)


def show_waiting(consumer: str, waiting: Waiting) -> None:
    """Show Prometheus how far ``consumer`` is behind."""
    metrics.LAG.labels(consumer).set(waiting.count)
    metrics.AGE.labels(consumer).set(_seconds_since(waiting.since))


def show_queued(consumer: str, since: datetime | None) -> None:
    """Show Prometheus of when the oldest job is that waits for ``consumer``."""
    metrics.QUEUED_AGE.labels(consumer).set(_seconds_since(since))


def find_waiting(db: Connection, consumer: str, types: Collection[str], after: int) -> Waiting:
    """Count the places in the log ``after`` that of ``consumer``, and find the oldest event there that it hears."""
    end: int | None = db.execute(sa.select(sa.func.max(outbox.c.seq))).scalar_one()
    handled = sa.exists().where(inbox.c.consumer == consumer, inbox.c.event_id == outbox.c.id)
    heard = (outbox.c.seq > after) & outbox.c.type.in_(list(types)) & ~handled
    oldest = sa.select(outbox.c.occurred_at).where(heard).order_by(outbox.c.seq).limit(1)
    return Waiting(count=max(0, (end or 0) - after), since=db.execute(oldest).scalar_one_or_none())


def find_queued_since(db: Connection, consumer: str) -> datetime | None:
    """Return when the oldest job of long work was told that nobody works on, or None."""
    waiting = (parked.c.consumer == consumer) & is_unclaimed(clock(db))
    return db.execute(
        sa.select(parked.c.occurred_at).where(waiting).order_by(parked.c.seq).limit(1)
    ).scalar_one_or_none()


def _seconds_since(moment: datetime | None) -> float:
    return 0.0 if moment is None else max(0.0, (now() - moment).total_seconds())
