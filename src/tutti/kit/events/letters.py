"""What an operator asks of the log: lag, dead letters, another try, a replay."""

from collections.abc import Collection
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.events.claims import clock, is_unclaimed, take_turn
from tutti.kit.events.item import item_columns, read_item
from tutti.kit.events.rounds import insert_missing, open_cursor, rehead
from tutti.kit.events.tables import cursors, dead, inbox, outbox, parked

_TRACE_ID = slice(3, 35)  # of a traceparent


class Lag(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How far a consumer is behind."""

    consumer: str
    behind: int
    """Events it has still to handle for the first time."""
    parked: int
    """Events that failed and are tried again, with those of their keys behind them; of long work, all that is left."""
    dead: int
    """Events given up."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event that a consumer has given up."""

    id: str
    consumer: str
    type: str
    key: str
    occurred_at: datetime
    died_at: datetime
    attempts: int
    error: str
    trace_id: str


def measure_lag(db: Connection, consumer: str, types: Collection[str]) -> Lag:
    """Count what ``consumer``, which hears ``types``, has to do."""
    at = sa.select(cursors.c.seq).where(cursors.c.consumer == consumer).scalar_subquery()
    handled = sa.exists().where(inbox.c.consumer == consumer, inbox.c.event_id == outbox.c.id)
    waiting = (outbox.c.seq > sa.func.coalesce(at, 0)) & outbox.c.type.in_(list(types)) & ~handled
    return Lag(
        consumer=consumer,
        behind=db.execute(sa.select(sa.func.count()).select_from(outbox).where(waiting)).scalar_one(),
        parked=_count(db, parked, consumer),
        dead=_count(db, dead, consumer),
    )


def count_failed(db: Connection, consumer: str) -> tuple[int, int]:
    """Count what ``consumer`` has parked, and what it has given up."""
    return _count(db, parked, consumer), _count(db, dead, consumer)


def list_dead(db: Connection) -> list[DeadLetter]:
    """The dead letters, oldest first."""
    rows = db.execute(sa.select(dead).order_by(dead.c.died_at, dead.c.seq))
    return [
        DeadLetter(
            id=row.id,
            consumer=row.consumer,
            type=row.type,
            key=row.key,
            occurred_at=row.occurred_at,
            died_at=row.died_at,
            attempts=row.attempts,
            error=row.error,
            trace_id=row.trace_parent[_TRACE_ID],
        )
        for row in rows
    ]


def retry_dead(db: Connection, event_id: str | None, at: datetime) -> int:
    """Park one dead event (by its id, for every consumer that gave it up) or all, to be tried at once; return how many.

    They go to the front of their keys' queues, since they are older than what waits there.
    """
    chosen = sa.select(dead) if event_id is None else sa.select(dead).where(dead.c.id == event_id)
    for consumer in sorted({row.consumer for row in db.execute(chosen)}):
        take_turn(db, consumer)
    rows = db.execute(chosen).all()
    for row in rows:
        again = {"consumer": row.consumer, **item_columns(read_item(row)), "attempts": 0, "next_at": at, "error": ""}
        insert_missing(db, parked, [again])
        db.execute(sa.delete(dead).where(dead.c.consumer == row.consumer, dead.c.seq == row.seq))
        rehead(db, row.consumer, [row.key], at)
    return len(rows)


def replay(db: Connection, consumer: str, types: Collection[str], since: datetime) -> int:
    """Let ``consumer`` handle again what happened since; return how many events that are."""
    open_cursor(db, consumer)
    take_turn(db, consumer)
    first = db.execute(sa.select(sa.func.min(outbox.c.seq)).where(outbox.c.occurred_at >= since)).scalar_one()
    if first is None:
        return 0
    again = sa.select(outbox.c.id).where(outbox.c.seq >= first)
    db.execute(sa.delete(inbox).where(inbox.c.consumer == consumer, inbox.c.event_id.in_(again)))
    # They come again in their order; what is under way is left to come to its end.
    idle = is_unclaimed(clock(db))
    db.execute(sa.delete(parked).where(parked.c.consumer == consumer, parked.c.seq >= first, idle))
    db.execute(sa.delete(dead).where(dead.c.consumer == consumer, dead.c.seq >= first))
    # Those before `first` that the consumer has not reached yet stay ahead of it.
    rewound = sa.case((cursors.c.seq < first - 1, cursors.c.seq), else_=first - 1)
    moved = sa.update(cursors).where(cursors.c.consumer == consumer)
    db.execute(moved.values(seq=rewound, rewinds=cursors.c.rewinds + 1))
    counted = sa.select(sa.func.count()).select_from(outbox)
    return db.execute(counted.where(outbox.c.seq >= first, outbox.c.type.in_(list(types)))).scalar_one()


def _count(db: Connection, table: sa.Table, consumer: str) -> int:
    return db.execute(sa.select(sa.func.count()).where(table.c.consumer == consumer)).scalar_one()
