"""What counting requests costs each request: the smallest route there is, uncounted, counted in memory and in Valkey.

Processor time of this process, without a socket; the best of several rounds taken in turn.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from tests.kit.web.room import room_client
from tests.support.valkey import running_valkey

from tutti.kit.limits import Counting, open_counting
from tutti.kit.limits.counting import Windows
from tutti.kit.settings import Settings
from tutti.kit.stores import MemoryStores

_REQUESTS = 500
_ROUNDS = 8
_CALLERS = 10_000
_HITS = 200
_NO_LIMIT = "1000000000"


async def main() -> None:
    with tempfile.TemporaryDirectory() as name, running_valkey(Path(name) / "valkey") as valkey:
        variants = {
            "not counted": {"TUTTI_LIMITS_READ": "0"},
            "counted in memory": {"TUTTI_LIMITS_READ": _NO_LIMIT},
            "counted in Valkey": {
                "TUTTI_LIMITS_READ": _NO_LIMIT,
                "TUTTI_REDIS_URL": valkey.url,
                "TUTTI_REDIS_TIMEOUT_MS": "10000",
            },
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
            clients[variant], _ = await stack.enter_async_context(room_client(settings))
        for _ in range(_ROUNDS):
            for variant, client in clients.items():

                async def ask(client=client) -> None:  # type: ignore[no-untyped-def]
                    (await client.get("/chairs/9")).raise_for_status()

                best[variant] = min(best[variant], await _cpu_us(ask, _REQUESTS))
    return best


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
