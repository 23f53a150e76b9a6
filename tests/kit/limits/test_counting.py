"""Counting requests: the library's rule in bounded memory, one count for all copies, and none that fails."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from itertools import product
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import RateLimitItemPerMinute, RateLimitItemPerYear
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis

from support.valkey import Valkey
from tutti.kit.limits import Counting, open_counting
from tutti.kit.limits.counting import BoundedMemory, Windows
from tutti.kit.stores import MemoryStores, RedisSettings, open_stores

FIVE = RateLimitItemPerMinute(5, namespace="read")
YEAR_S = RateLimitItemPerYear(1).get_expiry()
STEPS = st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 45)), max_size=60)


@given(STEPS, st.integers(1, 8))
def test_in_bounded_memory_the_rule_is_that_of_the_library(steps: list[tuple[str, float]], amount: int) -> None:
    limit = RateLimitItemPerMinute(amount, namespace="read")

    async def count() -> None:
        ours, theirs = Windows(BoundedMemory()), SlidingWindowCounterRateLimiter(MemoryStorage())
        with patch("time.time") as clock:
            clock.return_value = 1_800_000_000.0
            for who, pause_s in steps:
                clock.return_value += pause_s
                left = await ours.hit(limit, who)
                assert left.allowed == await theirs.hit(limit, who)
                stats = await theirs.get_window_stats(limit, who)
                assert left.remaining == stats.remaining
                reset_s = stats.reset_time - clock.return_value  # of what they added to it, a digit or two are lost
                if reset_s > 1e-6:  # as a window begins, theirs ends "now"
                    assert reset_s - 1e-6 <= left.reset_s <= reset_s + 1 + 1e-6

    asyncio.run(count())


@patch("time.time", return_value=1_800_000_000.0)  # windows end with the minutes of the clock
async def test_callers_have_counts_of_their_own_and_few_are_remembered(_: object) -> None:
    memory = BoundedMemory(size=100)
    counting = Windows(memory)
    assert [(await counting.hit(FIVE, "a")).remaining for _ in range(5)] == [4, 3, 2, 1, 0]
    refused = await counting.hit(FIVE, "a")
    assert not refused.allowed
    assert 1 <= refused.reset_s <= 60
    assert (await counting.hit(FIVE, "b")).allowed
    assert (await counting.hit(RateLimitItemPerMinute(5, namespace="write"), "a")).allowed
    for number in range(1000):
        await counting.hit(FIVE, f"user {number}")
    assert len(memory) == 100


@pytest.fixture
async def copies(valkey: Valkey, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Counting, Counting]]:
    """What two processes at one Redis count with; by default, Redis may be slow."""
    timeout_ms: int = getattr(request, "param", 10_000)
    stores = [open_stores(valkey.url, RedisSettings(timeout_ms=timeout_ms, pause_ms=60_000)) for _ in range(2)]
    yield open_counting(stores[0]), open_counting(stores[1])
    for each in stores:
        await each.close()


async def test_who_has_just_begun_has_a_whole_window_before_them(copies: tuple[Counting, Counting]) -> None:
    assert (await copies[0].hit(FIVE, "a")).reset_s == 60
    with patch("time.time", return_value=1_800_000_000.0):
        assert (await Windows(BoundedMemory()).hit(FIVE, "a")).reset_s == 60


async def test_copies_share_a_count(copies: tuple[Counting, Counting]) -> None:
    lefts = await asyncio.gather(*(copies[turn % 2].hit(FIVE, "a") for turn in range(40)))
    assert sum(left.allowed for left in lefts) == 5
    assert [(await counting.hit(FIVE, "a")).remaining for counting in copies] == [0, 0]
    assert all([(await counting.hit(FIVE, "b")).allowed for counting in copies])


async def test_in_redis_the_rule_is_that_of_the_library(valkey: Valkey, copies: tuple[Counting, Counting]) -> None:
    """From any state of the two windows; of a year, so that it is no matter how long the steps take."""
    async with Redis.from_url(valkey.url) as redis:
        pool: dict[str, Any] = {"implementation": "redispy", "connection_pool": redis.connection_pool}
        theirs = SlidingWindowCounterRateLimiter(RedisStorage(f"async+{valkey.url}", **pool))
        for number, (amount, state) in enumerate(product((1, 3, 5), states())):
            limit = RateLimitItemPerYear(amount, namespace="read")
            key = f"{{{limit.key_for(str(number))}}}"
            for prefix, (name, (count, ends_in_s)) in product(("LIMITS", "tutti:limits"), state.items()):
                await redis.set(f"{prefix}:{key}{name}", count, px=round(ends_in_s * 1000))
            for _ in range(3):
                left = await copies[number % 2].hit(limit, str(number))
                assert left.allowed == await theirs.hit(limit, str(number)), (amount, state)
                stats = await theirs.get_window_stats(limit, str(number))
                assert left.remaining == stats.remaining, (amount, state)
                reset_s = stats.reset_time - time.time()
                assert abs(left.reset_s - reset_s) < YEAR_S / 100 or reset_s < 1, (amount, state)


def states() -> Iterator[dict[str, tuple[int, float]]]:
    """What may lie in Redis: nothing, one window, one that is over, two; requests, and for how long, by their place."""
    yield {}
    for count, part in product((1, 2, 4), (0.25, 0.75)):
        ends_in_s = YEAR_S * part / count  # well between two steps of what still counts of them
        yield {"": (count, YEAR_S + ends_in_s)}
        yield {"": (count, ends_in_s)}
        for present in (0, 1, 3):
            yield {"/-1": (count, ends_in_s), "": (present, YEAR_S + ends_in_s)}


async def test_counting_is_one_question(valkey: Valkey, copies: tuple[Counting, Counting]) -> None:
    await copies[0].hit(FIVE, "a")
    async with Redis.from_url(valkey.url) as redis:
        before = (await redis.info("commandstats")).get("cmdstat_evalsha", {"calls": 0})["calls"]
        for _ in range(10):
            await copies[0].hit(FIVE, "a")
        asked: dict[str, dict[str, int]] = await redis.info("commandstats")
    assert asked["cmdstat_evalsha"]["calls"] - before == 10
    assert "cmdstat_eval" not in asked


@pytest.mark.parametrize(("copies", "go_away"), [(10_000, Valkey.kill), (4000, Valkey.hang)], indirect=["copies"])
async def test_without_redis_each_process_counts_for_itself(
    valkey: Valkey, copies: tuple[Counting, Counting], go_away: object
) -> None:
    assert callable(go_away)
    assert (await copies[0].hit(FIVE, "a")).remaining == 4
    go_away(valkey)
    with patch("time.time", return_value=1_800_000_000.0):  # in memory, windows end with the minutes of the clock
        for counting in copies:
            assert [(await counting.hit(FIVE, "a")).allowed for _ in range(6)] == [True] * 5 + [False]


async def test_in_one_process_it_counts_in_memory() -> None:
    assert isinstance(open_counting(MemoryStores()), Windows)
