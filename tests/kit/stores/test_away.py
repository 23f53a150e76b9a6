"""Redis goes away in every way: nobody waits for it, nothing raises, and all is as before once it is back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import msgspec
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from support.valkey import Valkey
from tutti.kit.stores import RedisSettings, Stores, open_stores

PATIENT = RedisSettings(timeout_ms=10_000, pause_ms=200)
"""A Redis is away that says so, and none that is slow."""
HASTY = RedisSettings(timeout_ms=4000, pause_ms=200)
"""Notices one that hangs; one that stands still for a moment is none."""
Open = Callable[[RedisSettings], Awaitable[Stores]]
LIMIT_S = 60


@pytest.fixture
async def open_shared(valkey: Valkey) -> AsyncIterator[Open]:
    """Opens what a process shares, once Redis answers."""
    async with AsyncExitStack() as stack:

        async def open_shared(settings: RedisSettings) -> Stores:
            stores = open_stores(valkey.url, settings)
            stack.push_async_callback(stores.close)
            await until_back(stores)
            return stores

        yield open_shared


@pytest.fixture
async def shared(open_shared: Open) -> Stores:
    return await open_shared(PATIENT)


def calls(outcome: str) -> float:
    return REGISTRY.get_sample_value("tutti_redis_calls_total", {"outcome": outcome}) or 0


async def until_back(stores: Stores) -> None:
    while await stores.find_problem():
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("go_away", "settings"),
    [(Valkey.kill, PATIENT), (Valkey.hang, msgspec.structs.replace(HASTY, pause_ms=60_000))],
    ids=["killed", "hung"],
)
async def test_while_it_is_away_reads_miss_writes_are_dropped_and_counters_count_here(
    valkey: Valkey, open_shared: Open, go_away: Callable[[Valkey], None], settings: RedisSettings
) -> None:
    shared = await open_shared(settings)
    await shared.set("a", b"1", 60)
    await shared.count("c", 60, 10)
    go_away(valkey)
    assert await shared.get("a") is None
    assert await shared.get_many(["a", "b"]) == {}
    await shared.set("b", b"2", 60)
    await shared.delete("a")
    assert [await shared.count("c", 60) for _ in range(3)] == [1, 2, 3]
    await shared.change("k", lambda before: (before or b"") + b"x", 60)
    await shared.change("k", lambda before: (before or b"") + b"x", 60)
    assert await shared.get("k") == b"xx", "what is counted here can be read here"
    assert "does not answer" in str(await shared.find_problem())
    assert REGISTRY.get_sample_value("tutti_redis_up") == 0


async def test_after_a_restart_it_is_used_again_and_what_was_counted_meanwhile_is_forgotten(
    valkey: Valkey, shared: Stores
) -> None:
    await shared.get("a")
    valkey.kill()
    assert await shared.count("c", 60) == 1
    valkey.start()
    await until_back(shared)
    assert await shared.count("c", 60) == 1
    await shared.set("a", b"1", 60)
    assert await shared.get("a") == b"1"
    valkey.kill()
    assert await shared.count("c", 60) == 1, "an earlier absence does not count in this one"
    assert REGISTRY.get_sample_value("tutti_redis_up") == 0


async def test_after_a_hang_it_goes_on_where_it_was(valkey: Valkey, open_shared: Open) -> None:
    shared = await open_shared(HASTY)
    await shared.set("a", b"1", 60)
    valkey.hang()
    assert await shared.get("a") is None
    valkey.wake()
    await until_back(shared)
    assert await shared.get("a") == b"1"
    assert REGISTRY.get_sample_value("tutti_redis_up") == 1


async def test_a_hanging_server_is_not_asked_by_everybody(valkey: Valkey) -> None:
    stores = open_stores(valkey.url, RedisSettings(timeout_ms=100, pause_ms=60_000, connections=4))
    valkey.hang()
    failed, skipped = calls("failed"), calls("skipped")
    assert await asyncio.gather(*(stores.get("a") for _ in range(400))) == [None] * 400
    assert calls("failed") - failed <= 4, "no more than there are connections"
    assert calls("skipped") - skipped >= 396
    await stores.close()


async def test_the_log_says_it_once(valkey: Valkey, shared: Stores) -> None:
    valkey.kill()
    with capture_logs() as lines:
        for _ in range(5):
            await shared.get("a")
            await asyncio.sleep(PATIENT.pause_ms / 1000)
        valkey.start()
        await until_back(shared)
    assert [line["event"] for line in lines] == ["redis does not answer", "redis answers again"]


async def test_killed_and_started_under_use_nothing_raises(valkey: Valkey, shared: Stores) -> None:
    over = asyncio.Event()
    rounds = [0] * 20

    async def use(number: int) -> None:
        while not over.is_set():
            await shared.set(f"a{number}", b"1", 60)
            await shared.get(f"a{number}")
            await shared.count("c", 60)
            await shared.change("k", lambda before: before or b"x", 60)
            await shared.delete(f"a{number}")
            await asyncio.sleep(0)
            rounds[number] += 1

    async def all_go_on() -> None:
        before = list(rounds)
        async with asyncio.timeout(LIMIT_S):
            while any(now < then + 2 for now, then in zip(rounds, before, strict=True)):
                await asyncio.sleep(0.01)

    async with asyncio.TaskGroup() as using:
        for number in range(20):
            using.create_task(use(number))
        for _ in range(3):
            await all_go_on()
            await asyncio.to_thread(valkey.restart)
        await all_go_on()
        over.set()
    await until_back(shared)
