"""Counting requests: the library's rule in bounded memory, one count for all copies, and none that fails."""

import asyncio
from collections.abc import AsyncIterator
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage

from support.valkey import Valkey
from tutti.kit.limits import Counting, Left, open_counting
from tutti.kit.limits.counting import BoundedMemory, Windows
from tutti.kit.stores import MemoryStores, RedisSettings, open_stores

FIVE = RateLimitItemPerMinute(5, namespace="read")
STEPS = st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 45)), max_size=60)


@given(STEPS, st.integers(1, 8))
def test_in_bounded_memory_the_rule_is_that_of_the_library(steps: list[tuple[str, float]], amount: int) -> None:
    limit = RateLimitItemPerMinute(amount, namespace="read")

    async def count(counting: Windows) -> list[Left]:
        with patch("time.time") as clock:
            clock.return_value = 1_800_000_000.0
            outcomes: list[Left] = []
            for who, pause_s in steps:
                clock.return_value += pause_s
                outcomes.append(await counting.hit(limit, who))
            return outcomes

    assert asyncio.run(count(Windows(BoundedMemory()))) == asyncio.run(count(Windows(MemoryStorage())))


async def test_callers_have_counts_of_their_own_and_few_are_remembered() -> None:
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
async def copies(valkey: Valkey) -> AsyncIterator[tuple[Counting, Counting]]:
    """What two processes at one Redis count with."""
    stores = [open_stores(valkey.url, RedisSettings(timeout_ms=2000, pause_ms=50)) for _ in range(2)]
    yield open_counting(stores[0]), open_counting(stores[1])
    for each in stores:
        await each.close()


async def test_copies_share_a_count(copies: tuple[Counting, Counting]) -> None:
    lefts = await asyncio.gather(*(copies[turn % 2].hit(FIVE, "a") for turn in range(40)))
    assert sum(left.allowed for left in lefts) == 5
    assert [(await counting.hit(FIVE, "a")).remaining for counting in copies] == [0, 0]
    assert all([(await counting.hit(FIVE, "b")).allowed for counting in copies])


@pytest.mark.parametrize("go_away", [Valkey.kill, Valkey.hang])
async def test_without_redis_each_process_counts_for_itself(
    valkey: Valkey, copies: tuple[Counting, Counting], go_away: object
) -> None:
    assert callable(go_away)
    assert (await copies[0].hit(FIVE, "a")).remaining == 4
    go_away(valkey)
    for counting in copies:
        assert [(await counting.hit(FIVE, "a")).allowed for _ in range(6)] == [True] * 5 + [False]


async def test_in_one_process_it_counts_in_memory() -> None:
    assert isinstance(open_counting(MemoryStores()), Windows)
