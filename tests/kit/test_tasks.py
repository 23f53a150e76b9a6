"""The end of tasks, and waiting that can be broken off at any moment."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress

import pytest

from tutti.kit import tasks
from tutti.kit.tasks import end_tasks, is_set_within

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
