"""What counting requests costs each request: the smallest route there is, uncounted, counted in memory and in Valkey.

In Valkey also as the library does it, which asks once to count and once for what is left. Processor time of
this process, without a socket; the best of several rounds taken in turn.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from tests.kit.web.room import room_client
from tests.support.valkey import running_valkey

from tutti.kit.limits import Counting, Left, open_counting
from tutti.kit.limits.counting import Windows
from tutti.kit.settings import Settings
from tutti.kit.stores import MemoryStores, Stores

_REQUESTS = 500
_ROUNDS = 8
_CALLERS = 10_000
_HITS = 200
_NO_LIMIT = "1000000000"
_TWICE = "counted in Valkey, two questions"


class LibraryCounting:
    """Counts in Redis by the library's own storage."""

    def __init__(self, link: Any) -> None:
        self._link = link
        options: dict[str, Any] = {"implementation": "redispy", "connection_pool": link.pool}
        self._windows = SlidingWindowCounterRateLimiter(RedisStorage("async+redis://localhost:6379", **options))

    async def hit(self, limit: RateLimitItem, who: str) -> Left:
        async def ask(_: object) -> Left:
            allowed = await self._windows.hit(limit, who)
            stats = await self._windows.get_window_stats(limit, who)
            return Left(allowed, stats.remaining, max(1, int(stats.reset_time - time.time())))

        return await self._link.ask(ask)


async def main() -> None:
    with tempfile.TemporaryDirectory() as name, running_valkey(Path(name) / "valkey") as valkey:
        in_valkey = {
            "TUTTI_LIMITS_READ": _NO_LIMIT,
            "TUTTI_REDIS_URL": valkey.url,
            "TUTTI_REDIS_TIMEOUT_MS": "10000",
        }
        variants = {
            "not counted": {"TUTTI_LIMITS_READ": "0"},
            "counted in memory": {"TUTTI_LIMITS_READ": _NO_LIMIT},
            "counted in Valkey": in_valkey,
            _TWICE: in_valkey,
        }
        requests = await _measure_requests(Path(name), variants)
    plain = requests["not counted"]
    print("| a request | µs of processor time | more than uncounted |\n|---|---|---|")
    for variant, taken_us in requests.items():
        print(f"| {variant} | {taken_us:.0f} | {taken_us - plain:+.0f} |")
    print(f"\n| counting alone, in memory | 1 caller | {_CALLERS:,} callers |\n|---|---|---|")
    for storage, opened in (("ours", open_counting(MemoryStores())), ("the library's", Windows(MemoryStorage()))):
        print(f"| {storage} | {await _hit_us(opened, 1):.0f} µs | {await _hit_us(opened, _CALLERS):.0f} µs |")


async def _measure_requests(folder: Path, variants: dict[str, dict[str, str]]) -> dict[str, float]:
    best = dict.fromkeys(variants, float("inf"))
    async with AsyncExitStack() as stack:
        clients = {}
        for number, (variant, environ) in enumerate(variants.items()):
            settings = Settings(environ, {"data_dir": folder / str(number)})
            (folder / str(number)).mkdir()
            with patch("tutti.kit.web.app.open_counting", _count_twice if variant == _TWICE else open_counting):
                clients[variant], _ = await stack.enter_async_context(room_client(settings))
        for _ in range(_ROUNDS):
            for variant, client in clients.items():

                async def ask(client=client) -> None:  # type: ignore[no-untyped-def]
                    (await client.get("/chairs/9")).raise_for_status()

                best[variant] = min(best[variant], await _cpu_us(ask, _REQUESTS))
    return best


def _count_twice(stores: Stores) -> Counting:
    return LibraryCounting(stores.link)


async def _hit_us(counting: Counting, callers: int) -> float:
    limit = RateLimitItemPerMinute(10**9)
    for number in range(callers):
        await counting.hit(limit, f"user/{number}")
        if number % 100 == 0:
            await asyncio.sleep(0)
    asked = iter(range(_HITS))

    async def hit() -> None:
        await counting.hit(limit, f"user/{next(asked) % callers}")
        await asyncio.sleep(0)

    return await _cpu_us(hit, _HITS)


async def _cpu_us(work: Callable[[], Awaitable[None]], times: int) -> float:
    started = time.process_time()
    for _ in range(times):
        await work()
    return (time.process_time() - started) / times * 1e6


if __name__ == "__main__":
    asyncio.run(main())
