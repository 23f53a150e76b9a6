"""Copies of a peer come, hang, die and stop; callers of what may be repeated notice nothing."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import msgspec
import pytest

from kit.rpc.copies import PATIENT, Copy, reserved_port, running_copy
from kit.rpc.running import calling
from kit.rpc.sample import SOME_TIME, Shelf, Shelves
from tutti.kit.errors import Unavailable
from tutti.kit.rpc.errors import PeerAway, PeerLate
from tutti.kit.rpc.settings import RpcSettings

CALLERS = 16
HANGING = msgspec.structs.replace(
    PATIENT, attempt_timeout_s=5.0, attempts=10, keepalive_s=1.0, keepalive_timeout_s=5.0, breaker_failures=1000
)
"""Gives up a copy that hangs. A call that meets a slow one, too, goes on to another copy, up to ten times."""
WATCHFUL = RpcSettings(
    timeout_s=20.0,
    attempt_timeout_s=1.0,
    attempts=10,
    connect_wait_s=1.0,
    breaker_failures=3,
    breaker_run_s=2.5,
    breaker_open_s=0.5,
    keepalive_s=1.0,
    keepalive_timeout_s=1.0,
)
NOT_WAITING = msgspec.structs.replace(PATIENT, connect_wait_s=0.5, attempts=2)
LIMIT_S = 300.0
"""Only so that a test that fails does not hang."""


class Load:
    """Callers who ask all the time, and who answered them."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self._ended = False
        self.answers: Counter[str] = Counter()
        self.errors: list[Exception] = []

    async def run(self, work: Callable[["Load"], Awaitable[None]]) -> None:
        callers = [asyncio.create_task(self._call()) for _ in range(CALLERS)]
        try:
            async with asyncio.timeout(LIMIT_S):
                await work(self)
        finally:
            self._ended = True
            await asyncio.gather(*callers)

    async def _call(self) -> None:
        while not self._ended:
            try:
                (shelf,) = await self._shelves.get_shelves(["x"])
                self.answers[shelf.id] += 1
            except Unavailable as error:
                self.errors.append(error)
                await asyncio.sleep(0.05)

    async def more(self, *copies: Copy, count: int = 200) -> None:
        """Wait until each of the copies has answered ``count`` more calls."""
        goals = {copy.id: self.answers[copy.id] + count for copy in copies}
        while any(self.answers[each] < goal for each, goal in goals.items()):
            await asyncio.sleep(0.01)


async def test_calls_go_to_all_copies_and_one_that_dies_costs_none() -> None:
    with reserved_port() as port, running_copy(port) as one, running_copy() as other:
        async with calling(one.port, other.port, settings=PATIENT) as proxy:

            async def kill_one(load: Load) -> None:
                await load.more(one, other)
                one.kill()
                await load.more(other)
                with ExitStack() as stack:
                    new = await asyncio.to_thread(stack.enter_context, running_copy(one.port))
                    await load.more(new, other)

            load = Load(proxy)
            await load.run(kill_one)

    assert load.errors == []


async def test_a_copy_that_hangs_costs_time_and_nothing_else() -> None:
    with running_copy() as one, running_copy() as other:
        async with calling(one.port, other.port, settings=HANGING) as proxy:

            async def hang_one(load: Load) -> None:
                await load.more(one, other)
                one.hang()
                await load.more(other, count=500)
                one.go_on()
                await load.more(one, other)

            load = Load(proxy)
            await load.run(hang_one)

    assert load.errors == []


async def test_a_copy_that_stops_finishes_and_sends_callers_elsewhere() -> None:
    """Not even calls that may not be repeated are lost."""
    with running_copy() as one, running_copy() as other:
        async with calling(one.port, other.port, settings=PATIENT) as proxy:
            added = 0

            async def add_shelves() -> None:
                nonlocal added
                while not stopped.is_set():
                    await proxy.add_shelf(Shelf("x", SOME_TIME))
                    added += 1

            async def stop_one(load: Load) -> None:
                await load.more(one, other)
                one.stop()
                assert await asyncio.to_thread(one.process.wait) == 0
                await load.more(other)
                stopped.set()

            stopped = asyncio.Event()
            load = Load(proxy)
            await asyncio.gather(load.run(stop_one), *(add_shelves() for _ in range(CALLERS)))

    assert load.errors == []
    assert added > 0


async def test_a_peer_that_hangs_is_left_alone_and_found_again() -> None:
    with running_copy() as only:
        async with calling(only.port, settings=WATCHFUL) as proxy:
            await until_answered(proxy)
            only.hang()
            with pytest.raises((PeerLate, PeerAway)):
                await proxy.wait()
            await until_refused_at_once(proxy)
            only.go_on()
            assert (await until_answered(proxy)) == only.id


async def until_refused_at_once(proxy: Shelves) -> None:
    """Ask until the breaker refuses: without a look at the peer, so in far less than any of the time limits."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            started = time.monotonic()
            with pytest.raises((PeerAway, PeerLate)):
                await proxy.get_shelves(["x"])
            if time.monotonic() - started < WATCHFUL.connect_wait_s / 4:
                return


async def until_answered(proxy: Shelves) -> str:
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                return (await proxy.get_shelves(["x"]))[0].id
            except Unavailable:
                await asyncio.sleep(0.02)


async def test_a_peer_that_is_away_is_refused_with_a_time_to_come_back() -> None:
    with reserved_port() as port:
        async with calling(port, settings=NOT_WAITING) as proxy:
            with pytest.raises(PeerAway) as caught:
                await proxy.get_shelves(["x"])

    assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "1"})
    assert caught.value.message == "shelves is away at the moment; try again."


async def test_a_peer_that_starts_after_its_caller_is_found() -> None:
    with reserved_port() as port:
        async with calling(port, settings=NOT_WAITING) as proxy:
            with pytest.raises(PeerAway):
                await proxy.get_shelves(["x"])
            asking = asyncio.create_task(until_answered(proxy))
            with ExitStack() as stack:
                late = await asyncio.to_thread(stack.enter_context, running_copy(port))
                assert await asking == late.id


async def test_a_call_waits_for_a_peer_that_is_just_coming() -> None:
    """Also one that may not be repeated: it was not sent yet."""
    with reserved_port() as port:
        async with calling(port, settings=PATIENT) as proxy:
            adding = asyncio.create_task(proxy.add_shelf(Shelf("x", SOME_TIME)))
            with ExitStack() as stack:
                await asyncio.to_thread(stack.enter_context, running_copy(port))
                assert await adding == "x"
