"""A consumer's round in SQL: what there is to do (`take`), and what became of it (`settle`).

One read and at most one write, each a single hop. What waits for a retry lies in ``events_parked``: there, only the
first event of each key has a ``next_at``, and those behind it have none (`rehead` keeps that so).
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from tutti.kit.events.claims import take_turn
from tutti.kit.events.item import Chain, Failure, Item, into_chains, item_columns, read_item
from tutti.kit.events.tables import cursors, dead, inbox, outbox, parked


class Position(msgspec.Struct, frozen=True):
    """Up to where a consumer has come; ``rewinds`` tells whether it was sent back since."""

    seq: int
    rewinds: int


class Fresh(msgspec.Struct, frozen=True, kw_only=True):
    """What the log holds after a consumer's position."""

    start: Position
    end: int
    """Where the consumer is once ``items`` are handled or parked."""
    items: list[Item]
    next_due_at: datetime | None
    """When the first of its parked events is due."""
    full: bool
    """Whether there is more."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What a consumer has to do in this round."""

    start: Position
    end: int
    """Where the consumer is once ``chains`` and ``blocked`` are settled."""
    chains: list[Chain]
    blocked: list[Item]
    """New events of keys that have something parked: they queue up behind it."""
    next_due_at: datetime | None
    full: bool
    """Whether the batch was full: there is more."""


class Outcome(msgspec.Struct, kw_only=True):
    """What became of a round."""

    unclaimed: list[str] = msgspec.field(default_factory=list[str])
    """Ids of events whose handlers opened no transaction, for the inbox."""
    healed: list[Item] = msgspec.field(default_factory=list[Item])
    """Parked ones that were handled now."""
    failed: list[tuple[Item, Failure]] = msgspec.field(default_factory=list[tuple[Item, Failure]])
    followers: list[Item] = msgspec.field(default_factory=list[Item])
    """New ones that wait behind a failed one of their key."""

    @property
    def needs_settling(self) -> bool:
        """Whether there is anything to write besides the cursor."""
        return bool(self.unclaimed or self.needs_turn)

    @property
    def needs_turn(self) -> bool:
        """Whether it changes what is parked."""
        return bool(self.healed or self.failed or self.followers)


_UNCLAIMED = {"owner": None, "claimed_until": None}

_STATE = sa.select(
    cursors.c.seq,
    cursors.c.rewinds,
    sa.select(sa.func.min(parked.c.next_at))
    .where(parked.c.consumer == cursors.c.consumer)
    .scalar_subquery()
    .label("due"),
    sa.select(sa.func.max(outbox.c.seq)).scalar_subquery().label("end"),
).where(cursors.c.consumer == sa.bindparam("consumer"))

_FRESH = (
    sa.select(outbox)
    .where(
        outbox.c.seq > sa.bindparam("start"),
        outbox.c.seq <= sa.bindparam("end"),
        outbox.c.type.in_(sa.bindparam("types", expanding=True)),
        ~sa.exists().where(inbox.c.consumer == sa.bindparam("consumer"), inbox.c.event_id == outbox.c.id),
    )
    .order_by(outbox.c.seq)
    .limit(sa.bindparam("limit"))
)


def open_cursor(db: Connection, consumer: str) -> Position:
    """Return where ``consumer`` stands; a new one begins with the oldest event kept."""
    insert_missing(db, cursors, [{"consumer": consumer, "seq": 0, "rewinds": 0}])
    row = db.execute(_STATE, {"consumer": consumer}).one()
    return Position(row.seq, row.rewinds)


def take_fresh(
    db: Connection, consumer: str, types: Collection[str], known: Position, *, limit: int, parked_limit: int
) -> Fresh:
    """Return what ``consumer`` has not seen yet; nothing while ``parked_limit`` events of its are parked."""
    state = db.execute(_STATE, {"consumer": consumer}).one()
    start = known if state.rewinds == known.rewinds else Position(state.seq, state.rewinds)
    end: int = state.end or start.seq
    items: list[Item] = []
    if end > start.seq and (state.due is None or _count_parked(db, consumer) < parked_limit):
        parameters = {"consumer": consumer, "start": start.seq, "end": end, "types": list(types), "limit": limit}
        items = [read_item(row) for row in db.execute(_FRESH, parameters)]
        end = items[-1].seq if len(items) == limit else end
    else:
        end = start.seq
    return Fresh(start=start, end=end, items=items, next_due_at=state.due, full=len(items) == limit)


def take(
    db: Connection,
    consumer: str,
    types: Collection[str],
    known: Position,
    *,
    limit: int,
    parked_limit: int,
    at: datetime,
) -> Taken:
    """Return what ``consumer`` has to do at the time ``at``, starting from the position it knows of."""
    fresh = take_fresh(db, consumer, types, known, limit=limit, parked_limit=parked_limit)
    due_at, items = fresh.next_due_at, fresh.items
    held = _parked_keys(db, consumer, {item.key for item in items}) if due_at and items else set[str]()
    due = _due_chains(db, consumer, limit, at) if due_at and due_at <= at else []
    return Taken(
        start=fresh.start,
        end=fresh.end,
        chains=due + into_chains(item for item in items if item.key not in held),
        blocked=[item for item in items if item.key in held],
        next_due_at=due_at,
        full=fresh.full,
    )


def settle(db: Connection, consumer: str, start: Position, end: int, outcome: Outcome, at: datetime) -> None:
    """Write what became of a round, and move the cursor to ``end``.

    Where the consumer was sent back meanwhile, what it took from the log comes again: only what was parked counts.
    """
    if outcome.needs_turn:
        take_turn(db, consumer)
    if not save_position(db, consumer, start, end):
        outcome = still_parked(db, consumer, outcome)
    conclude(db, consumer, outcome, at)


def conclude(db: Connection, consumer: str, outcome: Outcome, at: datetime) -> None:
    """Write what became of events, wherever the cursor is; where any was or is parked, it has to be our turn."""
    insert_missing(db, inbox, [{"consumer": consumer, "event_id": id_} for id_ in outcome.unclaimed])
    _bury(db, consumer, [(item, failure) for item, failure in outcome.failed if failure.retry_in is None], at)
    retried = [(item, failure) for item, failure in outcome.failed if failure.retry_in is not None]
    _park(db, consumer, [(item, failure) for item, failure in retried if not item.parked], outcome.followers, at)
    for item, failure in retried:
        db.execute(
            sa.update(parked)
            .where(parked.c.consumer == consumer, parked.c.seq == item.seq)
            .values(attempts=failure.attempts, next_at=_due_at(failure, at), error=failure.error, **_UNCLAIMED)
        )
    gone = [item for item, failure in outcome.failed if failure.retry_in is None and item.parked]
    _unpark(db, consumer, [item.seq for item in (*outcome.healed, *gone)])
    touched = {item.key for item in (*outcome.healed, *outcome.followers)} | {item.key for item, _ in outcome.failed}
    rehead(db, consumer, touched, at)


def save_position(db: Connection, consumer: str, start: Position, end: int) -> bool:
    """Move the cursor to ``end``; return False where the consumer was sent back since ``start``."""
    unmoved = (cursors.c.consumer == consumer) & (cursors.c.rewinds == start.rewinds)
    return db.execute(sa.update(cursors).where(unmoved).values(seq=end)).rowcount == 1


def rehead(db: Connection, consumer: str, keys: Collection[str], at: datetime) -> None:
    """Let the first parked event of each key be the one with a ``next_at``: its own, or ``at``."""
    if not keys:
        return
    earlier = parked.alias()
    mine = (parked.c.consumer == consumer) & parked.c.key.in_(list(keys))
    behind = sa.exists().where(
        earlier.c.consumer == parked.c.consumer, earlier.c.key == parked.c.key, earlier.c.seq < parked.c.seq
    )
    db.execute(sa.update(parked).where(mine, parked.c.next_at.is_not(None), behind).values(next_at=None))
    db.execute(sa.update(parked).where(mine, parked.c.next_at.is_(None), ~behind).values(next_at=at))


def _unpark(db: Connection, consumer: str, seqs: Sequence[int]) -> None:
    """Forget parked events."""
    if seqs:
        db.execute(sa.delete(parked).where(parked.c.consumer == consumer, parked.c.seq.in_(seqs)))


def still_parked(db: Connection, consumer: str, outcome: Outcome) -> Outcome:
    """Return the part of ``outcome`` that is about events still parked: a replay takes them away."""
    tried = [item.seq for item in outcome.healed] + [item.seq for item, _ in outcome.failed if item.parked]
    found = sa.select(parked.c.seq).where(parked.c.consumer == consumer, parked.c.seq.in_(tried))
    there = set(db.execute(found).scalars())
    return Outcome(
        healed=[item for item in outcome.healed if item.seq in there],
        failed=[(item, failure) for item, failure in outcome.failed if item.seq in there],
    )


def _due_at(failure: Failure, at: datetime) -> datetime | None:
    return None if failure.retry_in is None else at + failure.retry_in


def _park(
    db: Connection,
    consumer: str,
    failed: Sequence[tuple[Item, Failure]],
    followers: Sequence[Item],
    at: datetime,
) -> None:
    rows = [
        {
            "consumer": consumer,
            **item_columns(item),
            "attempts": why.attempts,
            "next_at": _due_at(why, at),
            "error": why.error,
        }
        for item, why in failed
    ]
    rows += [
        {"consumer": consumer, **item_columns(item), "attempts": 0, "next_at": None, "error": ""} for item in followers
    ]
    insert_missing(db, parked, rows)


def _bury(db: Connection, consumer: str, failed: Sequence[tuple[Item, Failure]], at: datetime) -> None:
    rows = [
        {"consumer": consumer, **item_columns(item), "attempts": why.attempts, "died_at": at, "error": why.error}
        for item, why in failed
    ]
    insert_missing(db, dead, rows)


def _count_parked(db: Connection, consumer: str) -> int:
    return db.execute(sa.select(sa.func.count()).where(parked.c.consumer == consumer)).scalar_one()


def _parked_keys(db: Connection, consumer: str, keys: Collection[str]) -> set[str]:
    found = sa.select(parked.c.key).where(parked.c.consumer == consumer, parked.c.key.in_(list(keys))).distinct()
    return set(db.execute(found).scalars())


def _due_chains(db: Connection, consumer: str, limit: int, at: datetime) -> list[Chain]:
    due = (
        sa.select(parked.c.key)
        .where(parked.c.consumer == consumer, parked.c.next_at <= at)
        .order_by(parked.c.next_at)
        .limit(limit)
    )
    keys = list(db.execute(due).scalars())
    waiting = sa.select(parked).where(parked.c.consumer == consumer, parked.c.key.in_(keys))
    return into_chains(read_item(row) for row in db.execute(waiting.order_by(parked.c.seq).limit(limit)))


def insert_missing(db: Connection, table: sa.Table, rows: Sequence[dict[str, object]]) -> None:
    """Insert ``rows`` but for those that are there: after a crash or a replay a round may be settled again."""
    if rows:
        dialect = sqlite if db.dialect.name == "sqlite" else postgresql
        db.execute(dialect.insert(table).on_conflict_do_nothing(), rows)
