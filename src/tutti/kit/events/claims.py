"""Claims: which copy works on a parked event, and until when it may be taken for dead.

A claim lies on the first parked event of a key and holds for all of that key. It counts as a try from its start, so
that an event which ends the process it is handled in uses up its tries like any other. A try that was lost that way
(its claim ended, and nobody said how) puts no blame on the events that were handled beside it: each of them is tried
again with nothing beside it in its process, until the one that is to blame is found out. Every change of what one
consumer has parked takes its turn (`take_turn`): two copies that change the same key's queue at once would otherwise
each see it without the other's change, and could leave an event behind that nothing makes due.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zlib import crc32

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.clock import now
from tutti.kit.events.item import Item, read_item
from tutti.kit.events.tables import parked

_TURNS = 7_261_998  # the class of our advisory locks: any constant of our own
_SIGN = 1 << 31


@dataclass(frozen=True)
class Tenure:
    """Who claims, and for how long at once; a copy that is alive renews before that has passed."""

    owner: str
    lease: timedelta


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy may work on now."""

    items: list[Item]
    is_alone: bool
    """Whether nothing may be begun beside it."""
    spent: list[Item]
    """Tried as often as may be, and no try came to an end: given up by whoever claims them."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """Whether anything can be begun."""

    any: bool
    next_at: datetime | None
    """When the next one can be, that is not due yet."""


def clock(db: Connection) -> datetime:
    """The one time that all copies go by: the server's, or this machine's where the database is a file of it."""
    if db.dialect.name == "sqlite":
        return now()
    return db.execute(sa.select(sa.func.clock_timestamp())).scalar_one().astimezone(UTC)


def take_turn(db: Connection, consumer: str) -> None:
    """Wait for the right to change what ``consumer`` has parked; it ends with the transaction."""
    if db.dialect.name != "sqlite":  # which has one writer anyway
        number = (crc32(consumer.encode()) ^ _SIGN) - _SIGN  # PostgreSQL's numbers have a sign
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.cast(_TURNS, sa.Integer), sa.cast(number, sa.Integer))))


def find_due(db: Connection, consumer: str, types: Collection[str], busy: Collection[str]) -> Due:
    """Say whether an event of ``types`` can be begun, of a key that is not ``busy`` and that nobody holds."""
    at = clock(db)
    idle = _idle(consumer, types, busy, at)
    nearest = db.execute(sa.select(sa.func.min(parked.c.next_at)).where(idle)).scalar_one()
    if nearest is None or nearest > at:
        return Due(any=False, next_at=nearest)
    later = sa.select(sa.func.min(parked.c.next_at)).where(idle, parked.c.next_at > at)
    return Due(any=True, next_at=db.execute(later).scalar_one())


def claim(
    db: Connection,
    consumer: str,
    types: Collection[str],
    tenure: Tenure,
    *,
    busy: Collection[str],
    limit: int,
    max_attempts: int,
) -> Claimed:
    """Claim up to ``limit`` first events of keys that are due, and count the try that begins now.

    Where the one that is due for longest has lost a try, it is claimed alone, once nothing is ``busy`` here.
    """
    take_turn(db, consumer)
    at = clock(db)
    due = sa.select(parked).where(_idle(consumer, types, busy, at), parked.c.next_at <= at)
    rows = db.execute(due.order_by(parked.c.next_at, parked.c.seq).limit(limit)).all()
    spent = [read_item(row) for row in rows if row.attempts >= max_attempts]
    fresh = [row for row in rows if row.attempts < max_attempts]
    is_alone = bool(fresh) and fresh[0].owner is not None
    alone = [] if busy else fresh[:1]
    rest = [read_item(row) for row in (alone if is_alone else [row for row in fresh if row.owner is None])]
    claimed = sa.update(parked).where(parked.c.consumer == consumer, parked.c.seq.in_([item.seq for item in rest]))
    if rest:
        db.execute(claimed.values(attempts=parked.c.attempts + 1, owner=tenure.owner, claimed_until=at + tenure.lease))
    return Claimed(items=rest, is_alone=is_alone, spent=spent)


def renew(db: Connection, consumer: str, tenure: Tenure) -> set[int]:
    """Prolong every claim of ours; return the places of those that still are."""
    until = clock(db) + tenure.lease
    mine = (parked.c.consumer == consumer) & (parked.c.owner == tenure.owner)
    return set(db.execute(sa.update(parked).where(mine).values(claimed_until=until).returning(parked.c.seq)).scalars())


def find_held(db: Connection, consumer: str, tenure: Tenure) -> set[str]:
    """The keys that we have claimed, and nobody has taken over."""
    mine = (parked.c.consumer == consumer) & (parked.c.owner == tenure.owner)
    return set(db.execute(sa.select(parked.c.key).where(mine)).scalars())


def release(db: Connection, consumer: str, tenure: Tenure, seqs: Sequence[int]) -> None:
    """Give back what was claimed and not tried to an end, with the try: an orderly stop uses up none."""
    mine = (parked.c.consumer == consumer) & (parked.c.owner == tenure.owner) & parked.c.seq.in_(list(seqs))
    given_back = sa.update(parked).where(mine)
    db.execute(given_back.values(attempts=parked.c.attempts - 1, owner=None, claimed_until=None))


def forget_claims(db: Connection, consumer: str) -> None:
    """End every claim, with its try lost; for a process that is the only one, when it starts: the claimer is gone."""
    claimed = (parked.c.consumer == consumer) & parked.c.claimed_until.is_not(None)
    db.execute(sa.update(parked).where(claimed).values(claimed_until=None))


def is_unclaimed(at: datetime) -> sa.ColumnElement[bool]:
    """Holds for parked events that nobody works on at the time ``at``."""
    return parked.c.claimed_until.is_(None) | (parked.c.claimed_until <= at)


def _idle(consumer: str, types: Collection[str], busy: Collection[str], at: datetime) -> sa.ColumnElement[bool]:
    held = parked.alias()
    taken = sa.select(held.c.key).where(held.c.consumer == consumer, held.c.claimed_until > at)
    return sa.and_(
        parked.c.consumer == consumer,
        parked.c.next_at.is_not(None),
        parked.c.type.in_(list(types)),  # of others, a newer version knows what to do
        parked.c.key.not_in(list(busy)),
        parked.c.key.not_in(taken),
    )
