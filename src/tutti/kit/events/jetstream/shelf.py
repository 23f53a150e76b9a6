"""The relay's side of the outbox in SQL: what NATS does not have yet, and what it has had for long."""

from collections.abc import Collection
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.db import SILENCE_S
from tutti.kit.events.item import Item, read_item
from tutti.kit.events.rounds import Position, insert_missing, save_position
from tutti.kit.events.tables import RELAY, cursors, inbox, outbox

RELAY_LOCK = 7_261_998_003  # any constant of our own
_PURGED_AT_ONCE = 5_000
_END_HANGING = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity AS holder USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = :lock"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND wait_event_type = 'Client' AND state_change < clock_timestamp() - make_interval(secs => :hangs)"
)

_NEXT = sa.select(outbox).where(outbox.c.seq > sa.bindparam("seq")).order_by(outbox.c.seq).limit(sa.bindparam("limit"))


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be sent now, in its order."""

    start: Position
    items: list[Item]
    behind: int
    """Places in the log that NATS is behind it."""


def open_relay(db: Connection) -> None:
    """See that the relay has a cursor: where every consumer of a log without NATS is past, else at the start."""
    reached = sa.select(sa.func.min(cursors.c.seq)).where(cursors.c.consumer != RELAY)
    start = db.execute(reached).scalar_one() or 0
    insert_missing(db, cursors, [{"consumer": RELAY, "seq": start, "rewinds": 0}])


def is_our_turn(db: Connection) -> bool:
    """Whether this process relays, up to the end of the transaction; False while another one does."""
    if db.dialect.name == "sqlite":  # a file of this machine: its one server relays
        return True
    return db.execute(sa.select(sa.func.pg_try_advisory_xact_lock(RELAY_LOCK))).scalar_one()


def end_hanging(db: Connection) -> None:
    """End the connection of a relay that has the turn and says nothing.

    PostgreSQL does so by itself where it waits for a next statement. In the middle of one (the driver prepares it, and
    then sends its values; or it does not take the answer) it waits without end.
    """
    db.execute(_END_HANGING, {"lock": RELAY_LOCK, "hangs": SILENCE_S}).close()


def take(db: Connection, limit: int) -> Batch:
    """Return what is to be sent next."""
    start = _find_position(db)
    items = [read_item(row) for row in db.execute(_NEXT, {"seq": start.seq, "limit": limit})]
    return Batch(start=start, items=items, behind=_find_end(db) - start.seq)


def arrive(db: Connection, start: Position, end: int) -> None:
    """Note that NATS has everything up to ``end``, unless the relay was sent back since ``start``."""
    save_position(db, RELAY, start, end)


def measure_behind(db: Connection) -> int:
    """How many places NATS is behind the log."""
    return max(0, _find_end(db) - _find_position(db).seq)


def send_back(db: Connection) -> bool:
    """Let the relay send again whatever the outbox still has; return whether it had sent any."""
    relay = sa.update(cursors).where(cursors.c.consumer == RELAY, cursors.c.seq > 0)
    return db.execute(relay.values(seq=0, rewinds=cursors.c.rewinds + 1)).rowcount > 0


def count_unsent(db: Connection, consumer: str, types: Collection[str]) -> int:
    """Count the events of ``types`` that NATS does not have, but for those that ``consumer`` has handled."""
    handled = sa.exists().where(inbox.c.consumer == consumer, inbox.c.event_id == outbox.c.id)
    waiting = (outbox.c.seq > _find_position(db).seq) & outbox.c.type.in_(list(types)) & ~handled
    return db.execute(sa.select(sa.func.count()).select_from(outbox).where(waiting)).scalar_one()


def purge(db: Connection, before: datetime) -> bool:
    """Delete a number of events that NATS has and that happened before; return whether there may be more."""
    sent = _find_position(db).seq
    kept = sa.select(sa.func.min(outbox.c.seq)).where(outbox.c.occurred_at >= before)
    first_kept: int | None = db.execute(kept).scalar_one()
    end = sent if first_kept is None else min(sent, first_kept - 1)
    oldest: int | None = db.execute(sa.select(sa.func.min(outbox.c.seq))).scalar_one()
    if oldest is None or oldest > end:
        return False
    db.execute(sa.delete(outbox).where(outbox.c.seq <= min(end, oldest + _PURGED_AT_ONCE - 1)))
    return True


def _find_position(db: Connection) -> Position:
    row = db.execute(sa.select(cursors.c.seq, cursors.c.rewinds).where(cursors.c.consumer == RELAY)).one_or_none()
    return Position(0, 0) if row is None else Position(row.seq, row.rewinds)


def _find_end(db: Connection) -> int:
    return db.execute(sa.select(sa.func.max(outbox.c.seq))).scalar_one() or 0
