"""Long work in SQL: everything heard is parked at once, and the head of each key's queue is worked on when due.

The queue is ``events_parked`` and its rules (`rounds`): a job under way is the head of its key and due, so it is there
again after a crash, and what it holds up is behind it.
"""

from collections.abc import Collection
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.events.item import Failure, Item, read_item
from tutti.kit.events.rounds import Fresh, Outcome, conclude, settle, still_parked
from tutti.kit.events.tables import parked


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """What can be begun now."""

    items: list[Item]
    next_at: datetime | None
    """When the next one can be, that is not due yet."""


def enqueue(db: Connection, consumer: str, fresh: Fresh, at: datetime) -> None:
    """Queue what was heard, to be begun at once, and move the cursor behind it."""
    settle(db, consumer, fresh.start, fresh.end, Outcome(followers=fresh.items), at)


def find_due(db: Connection, consumer: str, running: Collection[str], limit: int, at: datetime) -> Due:
    """Return up to ``limit`` events to begin with at the time ``at``, none of a key that is ``running``."""
    idle = (parked.c.consumer == consumer) & parked.c.next_at.is_not(None) & parked.c.key.not_in(list(running))
    due = sa.select(parked).where(idle, parked.c.next_at <= at).order_by(parked.c.next_at, parked.c.seq).limit(limit)
    later = sa.select(sa.func.min(parked.c.next_at)).where(idle, parked.c.next_at > at)
    return Due(
        items=[read_item(row) for row in db.execute(due)],
        next_at=db.execute(later).scalar_one(),
    )


def finish(db: Connection, consumer: str, item: Item, failure: Failure | None, at: datetime) -> None:
    """Write what became of a job; nothing where a replay has taken it away meanwhile."""
    outcome = Outcome(healed=[item]) if failure is None else Outcome(failed=[(item, failure)])
    conclude(db, consumer, still_parked(db, consumer, outcome), at)
