"""Work that recurs: whatever one tick does, the others come; once for all copies, or in each of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from tutti.kit.clock import now
from tutti.kit.db import Database, open_database
from tutti.kit.schedules import Schedule, take_turn, ticking, turns
from tutti.kit.settings import Base
from tutti.kit.trace import current_trace_id, enter_trace

SOON_S = 0.005
LIMIT_S = 90
HOUR = timedelta(hours=1)


@pytest.fixture(params=[True, False], ids=["in each process", "in turn"])
def per_process(request: pytest.FixtureRequest) -> bool:
    return request.param


class Ticks:
    """Counts ticks, and lets a test wait for the nth."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.traces: list[str] = []
        self._came = asyncio.Condition()

    async def __call__(self) -> None:
        async with self._came:
            self.traces.append(current_trace_id())
            self._came.notify_all()
        if self.fails:
            raise ZeroDivisionError

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(LIMIT_S), self._came:
            await self._came.wait_for(lambda: len(self.traces) >= count)


async def test_a_tick_recurs(db: Database, per_process: bool) -> None:
    ticks = Ticks()
    async with ticking([Schedule("often", SOON_S, ticks, per_process)], db):
        await ticks.reach(3)


async def test_the_first_tick_waits_for_its_interval(db: Database, per_process: bool) -> None:
    ticks, later = Ticks(), Ticks()
    async with ticking(
        [Schedule("often", SOON_S, ticks, per_process), Schedule("hourly", 3600, later, per_process)], db
    ):
        await ticks.reach(3)
    assert later.traces == []


async def test_a_tick_that_fails_comes_again_and_is_logged(db: Database, per_process: bool) -> None:
    ticks = Ticks(fails=True)
    with capture_logs() as lines:
        async with ticking([Schedule("broken", SOON_S, ticks, per_process)], db):
            await ticks.reach(3)
    failed = [line for line in lines if line["event"] == "a scheduled tick failed"]
    assert len(failed) >= 2
    assert {line["schedule"] for line in failed} == {"broken"}


async def test_a_tick_that_meets_a_cancelled_call_comes_again(db: Database, per_process: bool) -> None:
    """Cancelled is not what the schedule was: something that the tick waited for was."""
    came: list[int] = []
    again = asyncio.Event()

    async def tick() -> None:
        came.append(1)
        if len(came) == 2:
            again.set()
        waited: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waited.cancel()
        await waited

    async with ticking([Schedule("unlucky", SOON_S, tick, per_process)], db):
        await asyncio.wait_for(again.wait(), LIMIT_S)


async def test_ticks_of_one_schedule_never_overlap(db: Database, per_process: bool) -> None:
    running, most, begun = 0, 0, 0
    enough = asyncio.Event()

    async def tick() -> None:
        nonlocal running, most, begun
        running += 1
        begun += 1
        most = max(most, running)
        await asyncio.sleep(SOON_S * 3)
        running -= 1
        if begun == 3:
            enough.set()

    async with ticking([Schedule("slow", SOON_S, tick, per_process)], db):
        await asyncio.wait_for(enough.wait(), LIMIT_S)
    assert most == 1


async def test_a_tick_that_hangs_holds_no_other_back(db: Database, per_process: bool) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    ticks = Ticks()
    async with ticking(
        [Schedule("stuck", SOON_S, hang, per_process), Schedule("often", SOON_S, ticks, per_process)], db
    ):
        await ticks.reach(3)


async def test_the_end_of_the_block_ends_a_tick_under_way(db: Database, per_process: bool) -> None:
    begun, cleaned = asyncio.Event(), asyncio.Event()

    async def tick() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(SOON_S)  # whatever it holds, it may give back
            cleaned.set()

    before = asyncio.all_tasks()
    async with ticking([Schedule("long", SOON_S, tick, per_process)], db):
        await asyncio.wait_for(begun.wait(), LIMIT_S)
    assert cleaned.is_set()
    assert asyncio.all_tasks() == before


async def test_an_error_in_the_block_ends_the_ticks_too(db: Database, per_process: bool) -> None:
    before = asyncio.all_tasks()
    with suppress(ZeroDivisionError):
        async with ticking([Schedule("often", SOON_S, Ticks(), per_process)], db):
            raise ZeroDivisionError
    assert asyncio.all_tasks() == before


async def test_each_tick_is_a_trace_of_its_own(db: Database, per_process: bool) -> None:
    ticks = Ticks()
    enter_trace()
    mine = current_trace_id()
    async with ticking([Schedule("often", SOON_S, ticks, per_process)], db):
        await ticks.reach(3)
    assert len({*ticks.traces, mine}) == len(ticks.traces) + 1
    assert current_trace_id() == mine


@pytest.fixture
async def copies(base: Base) -> AsyncIterator[list[Database]]:
    """What three processes of one installation have open."""
    opened = [open_database(base) for _ in range(3)]
    for each in opened:
        await each.start()
    yield opened
    for each in opened:
        await each.stop()


async def make_due(db: Database, name: str) -> None:
    """Let an hour pass for the schedule."""
    earlier = sa.update(turns).where(turns.c.name == name).values(next_at=sa.bindparam("then"))

    def move(connection: sa.Connection) -> None:
        then = connection.execute(sa.select(turns.c.next_at).where(turns.c.name == name)).scalar_one() - HOUR
        connection.execute(earlier, {"then": then})

    await db.write(move)


async def test_of_all_copies_one_has_each_turn(copies: list[Database]) -> None:
    db = copies[0]

    async def ask() -> list[timedelta]:
        return await asyncio.gather(*(each.write(take_turn, "hourly", HOUR) for each in copies * 4))

    waits = await ask()
    assert all(timedelta(0) < wait <= HOUR for wait in waits), "a new schedule is due after its interval"
    for _ in range(5):
        await make_due(db, "hourly")
        waits = await ask()
        assert waits.count(timedelta(0)) == 1
        assert all(wait <= HOUR for wait in waits)


async def test_copies_tick_once_per_interval_between_them(copies: list[Database]) -> None:
    ticks = Ticks()
    schedule = Schedule("often", 0.05, ticks)
    async with ticking([schedule], copies[0]), ticking([schedule], copies[1]), ticking([schedule], copies[2]):
        loop = asyncio.get_running_loop()
        began = loop.time()
        await ticks.reach(12)
        came, took_s = len(ticks.traces), loop.time() - began  # more come while the block ends
    assert came - 1 <= took_s / 0.05


async def test_ticks_of_copies_never_overlap(copies: list[Database]) -> None:
    running, most, begun = 0, 0, 0
    enough = asyncio.Event()

    async def tick() -> None:
        nonlocal running, most, begun
        running += 1
        begun += 1
        most = max(most, running)
        await asyncio.sleep(SOON_S * 3)
        running -= 1
        if begun == 6:
            enough.set()

    schedule = Schedule("slow", SOON_S, tick)
    async with ticking([schedule], copies[0]), ticking([schedule], copies[1]), ticking([schedule], copies[2]):
        await asyncio.wait_for(enough.wait(), LIMIT_S)
    assert most == 1


async def test_a_tick_that_died_with_its_copy_is_taken_by_another_the_next_time(copies: list[Database]) -> None:
    begun = asyncio.Event()

    async def die() -> None:
        begun.set()
        await asyncio.Event().wait()

    ticks = Ticks()
    await copies[0].write(take_turn, "hourly", HOUR)
    await make_due(copies[0], "hourly")
    async with ticking([Schedule("hourly", 3600, die)], copies[0]):
        await asyncio.wait_for(begun.wait(), LIMIT_S)
    assert await copies[1].write(take_turn, "hourly", HOUR) > timedelta(0), "not at once"
    await make_due(copies[0], "hourly")
    async with ticking([Schedule("hourly", 3600, ticks)], copies[1]):
        await ticks.reach(1)


async def test_a_tick_that_was_due_while_nobody_was_there_comes_at_the_start(db: Database) -> None:
    await db.write(take_turn, "hourly", HOUR)
    await make_due(db, "hourly")
    ticks = Ticks()
    async with ticking([Schedule("hourly", 3600, ticks)], db):
        await ticks.reach(1)


async def test_a_shorter_interval_counts_at_once(db: Database) -> None:
    await db.write(take_turn, "daily", 24 * HOUR)
    assert await db.write(take_turn, "daily", HOUR) <= HOUR


async def test_clocks_of_copies_may_differ(copies: list[Database], monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the database's counts; SQLite has one machine, and one clock with it."""
    if copies[0].dialect == "sqlite":
        pytest.skip("one machine, one clock")
    await copies[0].write(take_turn, "hourly", HOUR)
    for skew in (timedelta(days=-2), timedelta(days=2)):
        monkeypatch.setattr("tutti.kit.db.clock.now", lambda skew=skew: now() + skew)
        monkeypatch.setattr("tutti.kit.clock.now", lambda skew=skew: now() + skew)
        wait = await copies[1].write(take_turn, "hourly", HOUR)
        assert timedelta(0) < wait <= HOUR


async def test_a_database_that_is_away_for_a_while_ends_no_schedule(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()
    write = db.write

    async def refuse(*_: object, **__: object) -> None:
        asked.set()
        raise OSError("away")

    ticks = Ticks()
    monkeypatch.setattr(db, "write", refuse)
    async with ticking([Schedule("often", SOON_S, ticks)], db):
        await asyncio.wait_for(asked.wait(), LIMIT_S)
        monkeypatch.setattr(db, "write", write)
        await ticks.reach(2)
