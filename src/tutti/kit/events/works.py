"""Long work in SQL: everything heard is parked at once, and the head of each key's queue is worked on when due.

The queue is ``events_parked`` and its rules (`rounds`, `claims`): a job under way is the head of its key and claimed,
so it is there again after a crash, and what it holds up is behind it.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.events.claims import Tenure, clock, find_held, take_turn
from tutti.kit.events.item import Failure, Item
from tutti.kit.events.rounds import Fresh, Outcome, conclude, settle
from tutti.kit.events.tables import parked

ENDLESS = "Its handler never came to an end: each time, the process ended first or was taken for dead."
"""Why an event was given up that used up its tries without failing."""


def enqueue(db: Connection, consumer: str, fresh: Fresh, at: datetime) -> None:
    """Queue what was heard, to be begun at once, and move the cursor behind it."""
    settle(db, consumer, fresh.start, fresh.end, Outcome(followers=fresh.items), at)


def finish(db: Connection, consumer: str, tenure: Tenure, outcome: Outcome) -> None:
    """Write what became of claimed events; nothing of keys that another copy has taken over, or a replay."""
    take_turn(db, consumer)
    held = find_held(db, consumer, tenure)
    ours = Outcome(
        unclaimed=outcome.unclaimed,
        healed=[item for item in outcome.healed if item.key in held],
        failed=[(item, failure) for item, failure in outcome.failed if item.key in held],
    )
    conclude(db, consumer, ours, clock(db))


def give_up(db: Connection, consumer: str, items: Sequence[Item]) -> None:
    """Bury events that used up their tries without coming to an end, each with the last error there was."""
    take_turn(db, consumer)
    seqs = [item.seq for item in items]
    there = sa.select(parked.c.seq, parked.c.error).where(parked.c.consumer == consumer, parked.c.seq.in_(seqs))
    errors = {row.seq: row.error for row in db.execute(there)}
    failed = [
        (item, Failure(error=errors[item.seq] or ENDLESS, attempts=item.attempts, retry_in=None))
        for item in items
        if item.seq in errors
    ]
    conclude(db, consumer, Outcome(failed=failed), clock(db))
