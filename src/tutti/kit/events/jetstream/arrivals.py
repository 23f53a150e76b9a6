"""What becomes of an event that arrives from JetStream, in SQL."""

from collections.abc import Collection
from enum import Enum

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.events.claims import clock, take_turn
from tutti.kit.events.item import Item, read_item
from tutti.kit.events.outbox import AlreadyHandled, Receipt
from tutti.kit.events.rounds import Outcome, conclude
from tutti.kit.events.tables import cursors, dead, inbox, parked


class Standing(Enum):
    """How an event stands with a consumer."""

    NEW = "new"
    BEHIND = "behind"
    """Another of its key waits for a retry: it has to wait behind that."""
    KNOWN = "known"
    """It was handled, parked or given up before: JetStream delivers it again."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How a consumer stands."""

    rewinds: int
    """How often it was sent back."""
    is_full: bool
    """Whether as many events are parked as may be."""
    anything_parked: bool


_consumer: sa.BindParameter[str] = sa.bindparam("consumer")
_is_known = sa.or_(
    sa.exists().where(inbox.c.consumer == _consumer, inbox.c.event_id == sa.bindparam("id")),
    sa.exists().where(parked.c.consumer == _consumer, parked.c.seq == sa.bindparam("seq")),
    sa.exists().where(dead.c.consumer == _consumer, dead.c.seq == sa.bindparam("seq")),
)
_is_behind = sa.exists().where(parked.c.consumer == _consumer, parked.c.key == sa.bindparam("key"))
_STANDING = sa.select(_is_known.label("known"), _is_behind.label("behind"))


def find_standing(db: Connection, consumer: str, item: Item) -> Standing:
    """Say how ``item`` stands with ``consumer``."""
    parameters = {"consumer": consumer, "id": item.envelope.id, "seq": item.seq, "key": item.key}
    known, behind = db.execute(_STANDING, parameters).one()
    if known:
        return Standing.KNOWN
    return Standing.BEHIND if behind else Standing.NEW


def settle_arrival(db: Connection, consumer: str, outcome: Outcome) -> None:
    """Write what became of an event that arrived."""
    if outcome.needs_turn:
        take_turn(db, consumer)
    conclude(db, consumer, outcome, clock(db))


def queue_arrival(db: Connection, consumer: str, item: Item) -> None:
    """Queue an event for long work, with its receipt: where JetStream delivers it again, it is not done again.

    Raises:
        AlreadyHandled: it was queued before, or while the database alone carried events: that left no receipts.
    """
    reached = db.execute(sa.select(cursors.c.seq).where(cursors.c.consumer == consumer)).scalar_one_or_none() or 0
    if item.seq <= reached:
        raise AlreadyHandled
    Receipt(consumer, item.envelope.id)(db)
    take_turn(db, consumer)
    conclude(db, consumer, Outcome(followers=[item]), clock(db))


def look(db: Connection, consumer: str, parked_limit: int) -> State:
    """Say how ``consumer`` stands, which has a cursor."""
    is_any = sa.exists().where(parked.c.consumer == cursors.c.consumer, parked.c.next_at.is_not(None))
    row = db.execute(sa.select(cursors.c.rewinds, is_any).where(cursors.c.consumer == consumer)).one()
    rewinds, anything = row
    count = 0
    if anything:
        held = sa.select(parked.c.seq).where(parked.c.consumer == consumer).limit(parked_limit).subquery()
        count = db.execute(sa.select(sa.func.count()).select_from(held)).scalar_one()
    return State(rewinds=rewinds, is_full=count >= parked_limit, anything_parked=anything)


def find_chains(db: Connection, consumer: str, keys: Collection[str], limit: int) -> list[Item]:
    """Return the first ``limit`` parked events of ``keys``, in order."""
    from_first = sa.select(parked).where(parked.c.consumer == consumer, parked.c.key.in_(list(keys)))
    return [read_item(row) for row in db.execute(from_first.order_by(parked.c.seq).limit(limit))]
