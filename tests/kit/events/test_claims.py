"""Claims of parked events: one holder at a time, a try counted from its start, and nothing stranded behind."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from contract.transports import Counted
from tutti.kit.db import Database
from tutti.kit.events import claims, works
from tutti.kit.events.claims import Claimed, Tenure
from tutti.kit.events.event import seal
from tutti.kit.events.item import Failure, Item
from tutti.kit.events.letters import list_dead
from tutti.kit.events.rounds import Outcome, conclude
from tutti.kit.events.tables import parked
from tutti.kit.ids import new_id

CONSUMER = "worker"
TYPES = [Counted.TYPE]
MAX_ATTEMPTS = 3
LONG = timedelta(minutes=10)


async def fill(db: Database, keys: str = "ab", each: int = 2) -> None:
    items = [event(seq, key) for seq, key in enumerate(keys * each, 1)]
    await db.write(park, items)


def event(seq: int, key: str) -> Item:
    return Item(seq=seq, envelope=seal(Counted(subject=key, number=seq)))


def park(db: Connection, items: list[Item]) -> None:
    claims.take_turn(db, CONSUMER)
    conclude(db, CONSUMER, Outcome(followers=items), claims.clock(db))


def tenure(lease: timedelta = LONG) -> Tenure:
    return Tenure(new_id(), lease)


async def claim(db: Database, holder: Tenure, limit: int = 10, busy: Sequence[str] = ()) -> Claimed:
    return await db.write(claims.claim, CONSUMER, TYPES, holder, busy=busy, limit=limit, max_attempts=MAX_ATTEMPTS)


async def finish(db: Database, holder: Tenure, outcome: Outcome) -> None:
    await db.write(works.finish, CONSUMER, holder, outcome)


async def test_a_key_has_one_holder(db: Database) -> None:
    await fill(db)
    one, two = tenure(), tenure()
    assert [item.seq for item in (await claim(db, one, limit=1)).items] == [1]
    assert [item.seq for item in (await claim(db, two)).items] == [2]
    assert (await claim(db, one)).items == (await claim(db, two)).items == []
    due = await db.read(claims.find_due, CONSUMER, TYPES, ())
    assert not due.any


async def test_the_next_of_a_key_is_due_when_the_first_is_done(db: Database) -> None:
    await fill(db)
    one = tenure()
    first = (await claim(db, one, limit=1)).items
    await finish(db, one, Outcome(healed=first))
    assert [item.seq for item in (await claim(db, one)).items] == [2, 3]


async def test_a_claim_ends_with_its_lease_and_what_its_holder_says_no_longer_counts(db: Database) -> None:
    await fill(db, keys="a")
    gone, other = tenure(timedelta(seconds=-1)), tenure()
    (first,) = (await claim(db, gone)).items
    (taken,) = (await claim(db, other)).items
    assert (taken.seq, first.attempts, taken.attempts) == (first.seq, 0, 1)
    await finish(db, gone, Outcome(failed=[(first, Failure(error="late", attempts=1, retry_in=None))]))
    assert await db.read(list_dead) == []
    assert await db.write(claims.renew, CONSUMER, gone) == set()
    assert await db.write(claims.renew, CONSUMER, other) == {first.seq}


async def test_a_try_counts_from_its_start_and_what_is_given_back_does_not(db: Database) -> None:
    await fill(db, keys="a", each=1)
    holder = tenure()
    (item,) = (await claim(db, holder)).items
    await db.write(claims.release, CONSUMER, holder, [item.seq])
    for attempts in range(MAX_ATTEMPTS):
        gone = tenure(timedelta(seconds=-1))
        assert [item.attempts for item in (await claim(db, gone)).items] == [attempts]
    claimed = await claim(db, holder)
    assert (claimed.items, [item.attempts for item in claimed.spent]) == ([], [MAX_ATTEMPTS])
    await db.write(works.give_up, CONSUMER, claimed.spent)
    (letter,) = await db.read(list_dead)
    assert (letter.error, letter.attempts) == (works.ENDLESS, MAX_ATTEMPTS)


async def test_a_type_that_is_unknown_here_is_left_to_others(db: Database) -> None:
    await fill(db)
    assert not (await db.read(claims.find_due, CONSUMER, ["test.Other"], ())).any
    claimed = await db.write(
        claims.claim, CONSUMER, ["test.Other"], tenure(), busy=(), limit=9, max_attempts=MAX_ATTEMPTS
    )
    assert claimed.items == []


async def test_changes_at_once_leave_nothing_behind_that_never_is_due(db: Database) -> None:
    """One copy finishes the first of a key while another one queues more of it."""
    chance = random.Random(17)
    total, keys = 120, "abc"
    worked: dict[str, list[int]] = {key: [] for key in keys}
    queued = asyncio.Event()

    async def queue_all() -> None:
        for seq in range(1, total + 1):
            await db.write(park, [event(seq, keys[seq % len(keys)])])
        queued.set()

    async def work(holder: Tenure) -> None:
        while not queued.is_set() or await count_parked(db):
            for item in (await claim(db, holder, limit=2)).items:
                failure = Failure(error="away", attempts=item.attempts + 1, retry_in=timedelta())
                if item.attempts == 0 and chance.random() < 0.3:
                    await finish(db, holder, Outcome(failed=[(item, failure)]))
                else:
                    worked[item.key].append(item.seq)
                    await finish(db, holder, Outcome(healed=[item]))

    async with asyncio.timeout(300), asyncio.TaskGroup() as group:
        group.create_task(queue_all())
        for _ in range(3):
            group.create_task(work(tenure()))
    assert worked == {key: [n for n in range(1, total + 1) if keys[n % len(keys)] == key] for key in keys}


async def count_parked(db: Database) -> int:
    return await db.read(lambda connection: connection.execute(sa.select(sa.func.count(parked.c.seq))).scalar_one())


async def test_what_was_under_way_when_a_process_died_is_tried_again_alone(db: Database) -> None:
    """Which of them ended it, nobody knows."""
    await fill(db, keys="abc", each=1)
    assert len((await claim(db, tenure(timedelta(seconds=-1)), limit=2)).items) == 2
    holder = tenure()
    assert (await claim(db, holder, busy=["other"])).items == [], "something else runs beside it"
    for seq in (1, 2):
        claimed = await claim(db, holder)
        assert ([item.seq for item in claimed.items], claimed.is_alone) == ([seq], True)
        await finish(db, holder, Outcome(healed=claimed.items))
    claimed = await claim(db, holder)
    assert ([item.seq for item in claimed.items], claimed.is_alone) == ([3], False)
