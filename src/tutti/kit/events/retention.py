"""Forgetting: events that every consumer is past, and the receipts for them, a bounded number at a time."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.events.tables import RELAY, cursors, inbox, outbox

_CHUNK = 5_000
_CLOCK_MARGIN = timedelta(hours=1)  # between the clocks of two processes that publish


def purge(db: Connection, before: datetime) -> bool:
    """Delete a chunk of what happened before; return whether there may be more.

    Only below every cursor: a consumer that stands still keeps the log for itself, and its lag shows it.
    """
    deleted = _purge_log(db, before)
    return deleted + purge_receipts(db, before) > 0


def _purge_log(db: Connection, before: datetime) -> int:
    reached = db.execute(sa.select(sa.func.min(cursors.c.seq)).where(cursors.c.consumer != RELAY)).scalar_one()
    if not reached:
        return 0
    kept = sa.select(outbox.c.seq).where(outbox.c.occurred_at >= before).order_by(outbox.c.seq).limit(1)
    first_kept = db.execute(kept).scalar_one_or_none()
    end = reached if first_kept is None else min(reached, first_kept - 1)
    oldest = db.execute(sa.select(sa.func.min(outbox.c.seq))).scalar_one()
    if oldest is None or oldest > end:
        return 0
    return db.execute(sa.delete(outbox).where(outbox.c.seq <= min(end, oldest + _CHUNK - 1))).rowcount


def purge_receipts(db: Connection, before: datetime) -> int:
    """Delete a chunk of the receipts of what happened before, and is not in the log any more; return how many."""
    oldest = sa.select(outbox.c.occurred_at).order_by(outbox.c.seq).limit(1)
    kept_from = db.execute(oldest).scalar_one_or_none() or before
    floor = first_id(min(before, kept_from) - _CLOCK_MARGIN)
    deleted = 0
    for consumer in db.execute(sa.select(cursors.c.consumer)).scalars().all():
        mine = inbox.c.consumer == consumer
        # A range of the primary key: UUIDv7 sort by the time they were made.
        old = sa.select(inbox.c.event_id).where(mine, inbox.c.event_id < floor).order_by(inbox.c.event_id).limit(_CHUNK)
        deleted += db.execute(sa.delete(inbox).where(mine, inbox.c.event_id.in_(old.scalar_subquery()))).rowcount
    return deleted


def first_id(moment: datetime) -> str:
    """The smallest UUIDv7 of a moment (RFC 9562 §5.7: 48 bits of milliseconds lead)."""
    digits = f"{int(moment.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"
