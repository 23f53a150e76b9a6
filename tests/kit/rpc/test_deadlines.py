"""Deadlines, cancellation and traces cross the wire."""

import asyncio
from contextlib import suppress

import msgspec
import pytest

from kit.rpc.running import QUICK, asked
from kit.rpc.sample import Librarian, Shelf, Shelves
from tutti.kit.rpc.deadlines import remaining_s, within
from tutti.kit.rpc.errors import PeerLate
from tutti.kit.trace import enter_trace

TRACE_ID = "a" * 32
LIMIT_S = 120.0
"""Only so that a test that fails does not hang."""
ROUNDED = 1.02
"""gRPC rounds time limits up on their way, long ones by more."""


async def test_the_trace_goes_on_there(shelves: Shelves) -> None:
    enter_trace(f"00-{TRACE_ID}-{'b' * 16}-01")
    trace_id, _ = await shelves.describe_call()

    assert trace_id == TRACE_ID


async def test_a_call_has_the_default_time(shelves: Shelves) -> None:
    _, left = await shelves.describe_call()

    assert 0 < left < QUICK.attempt_timeout_s * ROUNDED


async def test_a_call_gets_no_more_time_than_is_left(shelves: Shelves) -> None:
    with within(60.0):
        _, left = await shelves.describe_call()

    assert 0 < left < 60.0 * ROUNDED


async def test_a_call_made_while_serving_one_gets_what_is_left(librarian: Librarian) -> None:
    class Middle(Librarian):
        async def describe_call(self) -> tuple[str, float]:
            return await inner.describe_call()

    async with asked(librarian) as inner, asked(Middle()) as outer:
        with within(60.0):
            _, left = await outer.describe_call()

    assert 0 < left < 60.0 * ROUNDED


async def test_no_call_is_made_once_the_time_is_up(shelves: Shelves, librarian: Librarian) -> None:
    with within(0.0), pytest.raises(PeerLate) as caught:
        await shelves.find_shelf("x")

    assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "1"})
    assert librarian.calls == 0


async def test_a_late_peer_is_given_up_and_its_work_is_cancelled(librarian: Librarian) -> None:
    settings = msgspec.structs.replace(QUICK, timeout_s=0.5, attempt_timeout_s=0.5, breaker_failures=1000)
    async with asked(librarian, caller=settings) as proxy, asyncio.timeout(LIMIT_S):
        while not librarian.waiting.is_set():  # the time may be up before there is a connection
            with pytest.raises(PeerLate):
                await proxy.wait()
        await librarian.cancelled.wait()


async def test_a_lengthy_call_has_a_limit_of_its_own(librarian: Librarian) -> None:
    settings = msgspec.structs.replace(QUICK, timeout_s=0.2, attempt_timeout_s=0.2)
    async with asked(librarian, caller=settings) as proxy:
        asking = asyncio.create_task(proxy.wait_long())
        await librarian.waiting.wait()
        with pytest.raises(PeerLate):
            await proxy.wait()
        assert not asking.done()
        librarian.go_on.set()
        await asking


async def test_a_caller_that_goes_away_cancels_the_work(shelves: Shelves, librarian: Librarian) -> None:
    asking = asyncio.create_task(shelves.wait())
    await librarian.waiting.wait()
    asking.cancel()

    await asyncio.wait_for(librarian.cancelled.wait(), LIMIT_S)
    with suppress(asyncio.CancelledError):
        await asking
    assert asking.cancelled()
    assert librarian.calls == 1


async def test_what_goes_on_after_the_work_is_not_bound_by_its_deadline() -> None:
    over = asyncio.Event()

    async def look() -> tuple[float | None, float | None]:
        before = remaining_s()
        await over.wait()
        return before, remaining_s()

    with within(5.0):
        looking = asyncio.create_task(look())
        await asyncio.sleep(0)
    over.set()
    before, after = await looking

    assert before is not None
    assert after is None


def test_a_deadline_inside_another_can_only_be_sooner() -> None:
    assert remaining_s() is None
    with within(500.0):
        with within(6000.0):
            assert (remaining_s() or 9999) <= 500.0
        with within(100.0):
            assert (remaining_s() or 9999) <= 100.0
        assert (remaining_s() or 0) > 100.0
    assert remaining_s() is None


async def test_a_result_may_be_large_and_a_request_too(shelves: Shelves) -> None:
    content = bytes(range(256)) * 4096 * 3

    assert await shelves.echo(content) == content * 2
    assert await shelves.add_shelf(Shelf("x" * 1_000_000, (await shelves.get_shelves(["a"]))[0].made_at))
