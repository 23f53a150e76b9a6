"""Work that recurs: whatever one tick does, the others come."""

import asyncio
from contextlib import suppress

import pytest

from tutti.kit.schedules import Schedule, ticking
from tutti.kit.trace import current_trace_id, enter_trace

SOON_S = 0.005
LIMIT_S = 20


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


async def test_a_tick_recurs() -> None:
    ticks = Ticks()
    async with ticking([Schedule("often", SOON_S, ticks)]):
        await ticks.reach(3)


async def test_the_first_tick_waits_for_its_interval() -> None:
    ticks, later = Ticks(), Ticks()
    async with ticking([Schedule("often", SOON_S, ticks), Schedule("hourly", 3600, later)]):
        await ticks.reach(3)
    assert later.traces == []


async def test_a_tick_that_fails_comes_again_and_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    ticks = Ticks(fails=True)
    async with ticking([Schedule("broken", SOON_S, ticks)]):
        await ticks.reach(3)
    said = capsys.readouterr()
    assert (said.out + said.err).count("a scheduled tick failed") >= 2
    assert "broken" in said.out + said.err


async def test_a_tick_that_meets_a_cancelled_call_comes_again() -> None:
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

    async with ticking([Schedule("unlucky", SOON_S, tick)]):
        await asyncio.wait_for(again.wait(), LIMIT_S)


async def test_ticks_of_one_schedule_never_overlap() -> None:
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

    async with ticking([Schedule("slow", SOON_S, tick)]):
        await asyncio.wait_for(enough.wait(), LIMIT_S)
    assert most == 1


async def test_a_tick_that_hangs_holds_no_other_back() -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    ticks = Ticks()
    async with ticking([Schedule("stuck", SOON_S, hang), Schedule("often", SOON_S, ticks)]):
        await ticks.reach(3)


async def test_the_end_of_the_block_ends_a_tick_under_way() -> None:
    begun, cleaned = asyncio.Event(), asyncio.Event()

    async def tick() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(SOON_S)  # whatever it holds, it may give back
            cleaned.set()

    before = asyncio.all_tasks()
    async with ticking([Schedule("long", SOON_S, tick)]):
        await asyncio.wait_for(begun.wait(), LIMIT_S)
    assert cleaned.is_set()
    assert asyncio.all_tasks() == before


async def test_an_error_in_the_block_ends_the_ticks_too() -> None:
    before = asyncio.all_tasks()
    with suppress(ZeroDivisionError):
        async with ticking([Schedule("often", SOON_S, Ticks())]):
            raise ZeroDivisionError
    assert asyncio.all_tasks() == before


async def test_each_tick_is_a_trace_of_its_own() -> None:
    ticks = Ticks()
    enter_trace()
    mine = current_trace_id()
    async with ticking([Schedule("often", SOON_S, ticks)]):
        await ticks.reach(3)
    assert len({*ticks.traces, mine}) == len(ticks.traces) + 1
    assert current_trace_id() == mine
