"""The end of tasks, waiting that can be broken off at any moment, and waiting that cannot."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from support.slow import MOMENT_S, Slow, cancel_while, stays
from tutti.kit import tasks
from tutti.kit.tasks import end_tasks, is_set_within, to_its_end

LIMIT_S = 90


async def test_it_is_said_whether_the_event_came() -> None:
    event = asyncio.Event()
    assert not await is_set_within(event, 0.01)
    asyncio.get_running_loop().call_later(0.01, event.set)
    assert await is_set_within(event, LIMIT_S)


async def test_an_event_that_comes_with_the_end_does_not_keep_a_loop_alive() -> None:
    event = asyncio.Event()

    async def wait_again_and_again() -> None:
        while True:
            event.clear()
            await is_set_within(event, LIMIT_S)

    async with begun(wait_again_and_again()) as loop:
        event.set()
        loop.cancel()
        await asyncio.wait([loop], timeout=LIMIT_S)
        assert loop.cancelled()


async def test_all_end_whatever_they_raise() -> None:
    async def fail() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(LIMIT_S)
        raise LookupError("it fails at its end")

    async with begun(asyncio.sleep(LIMIT_S)) as sleeping, begun(fail()) as failing:
        async with asyncio.timeout(LIMIT_S):
            await end_tasks(sleeping, failing)
        assert sleeping.cancelled()
        assert isinstance(failing.exception(), LookupError)


async def test_one_that_has_ended_may_be_ended() -> None:
    async with begun(asyncio.sleep(0)) as done:
        await done
        await end_tasks(done)


async def test_a_cancellation_that_is_lost_is_said_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_AGAIN_S", 0.01)

    async def lose_one() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(LIMIT_S)
        await asyncio.sleep(LIMIT_S)

    async with begun(lose_one()) as losing:
        async with asyncio.timeout(LIMIT_S):
            await end_tasks(losing)
        assert losing.cancelled()


async def test_a_thread_gives_its_result() -> None:
    assert await to_its_end(divmod, 7, 2) == (3, 1)


async def test_a_thread_raises_its_error() -> None:
    with pytest.raises(ZeroDivisionError):
        await to_its_end(divmod, 7, 0)


async def test_a_thread_is_one_of_those_that_were_given() -> None:
    with ThreadPoolExecutor(1, thread_name_prefix="given") as threads:
        assert await to_its_end(lambda: threading.current_thread().name, threads=threads) == "given_0"


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_who_is_cancelled_has_waited_for_the_thread(times: int) -> None:
    slow = Slow("a result")
    task = await cancel_while(slow, to_its_end(slow), times)
    assert slow.ended
    with pytest.raises(asyncio.CancelledError, match=f"cancelled {times}"):
        await task


async def test_work_that_still_waits_for_a_thread_is_done_all_the_same() -> None:
    first, second = Slow(), Slow()
    with ThreadPoolExecutor(1) as threads:
        async with (
            begun(to_its_end(first, threads=threads)) as taking,
            begun(to_its_end(second, threads=threads)) as waiting,
        ):
            waiting.cancel()
            stayed = await stays(waiting)
            for slow in (first, second):
                slow.may_end.set()
            await asyncio.wait({waiting})
            assert stayed
            assert waiting.cancelled()
            assert second.ended
            await taking


async def test_an_error_that_nobody_waits_for_is_told_to_the_loop() -> None:
    """At once: nothing of what was waited for stays in memory until somebody collects the garbage."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    gc.disable()
    try:
        slow = Slow(LookupError("it fails"))
        task = await cancel_while(slow, to_its_end(slow), 2)
        assert task.cancelled()
        del task
        async with asyncio.timeout(LIMIT_S):
            while not told:  # its thread has to let go of it as well
                await asyncio.sleep(0.001)
        assert [context["exception"] for context in told] == [slow.result]
    finally:
        gc.enable()


async def test_a_limit_of_time_is_kept_when_the_thread_has_ended() -> None:
    slow = Slow()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            asyncio.get_running_loop().call_later(MOMENT_S, slow.may_end.set)  # in any case after the limit
            await to_its_end(slow)
    assert slow.ended


def test_a_loop_that_stops_has_waited_for_the_thread() -> None:
    slow = Slow()

    async def leave() -> asyncio.Task[None]:
        working = asyncio.create_task(to_its_end(slow))
        await asyncio.sleep(0)
        working.cancel()  # the loop does it once more
        await asyncio.sleep(0)
        working.add_done_callback(lambda _: ended.append(slow.ended))
        asyncio.get_running_loop().call_later(MOMENT_S, slow.may_end.set)
        return working

    ended: list[bool] = []
    assert asyncio.run(leave()).cancelled()
    assert ended == [True]


@asynccontextmanager
async def begun(work: Coroutine[None, None, None]) -> AsyncIterator[asyncio.Task[None]]:
    """A task that has made its first step, and is over at the end whatever happens."""
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
