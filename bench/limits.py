"""What counting requests costs each request: python -m bench.limits [REDIS_URL]

One process without a socket answers the smallest route there is, with every limit off and on; in memory, and in Redis
where an address is given. Prints microseconds for each request, the best of several rounds.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.kit.web.room import room_client

from limits import RateLimitItemPerMinute
from tutti.kit.limits import open_counting
from tutti.kit.settings import Settings
from tutti.kit.stores import MemoryStores, Stores, open_stores

_REQUESTS = 2000
_ROUNDS = 5
_CALLERS = 10_000


async def _request_us(data_dir: Path, **settings: str) -> float:
    environ = {f"TUTTI_{name.upper()}": value for name, value in settings.items()}
    async with room_client(Settings(environ, {"data_dir": data_dir})) as (client, _):
        best = float("inf")
        for _ in range(_ROUNDS):
            started = time.perf_counter()
            for _ in range(_REQUESTS):
                (await client.get("/chairs/9")).raise_for_status()
            best = min(best, time.perf_counter() - started)
        return best / _REQUESTS * 1e6


async def _hit_us(stores: Stores, callers: int) -> float:
    counting, limit = open_counting(stores), RateLimitItemPerMinute(10**6)
    for number in range(callers):
        await counting.hit(limit, f"user/{number}")
    started = time.perf_counter()
    for number in range(_REQUESTS):
        await counting.hit(limit, f"user/{number % callers}")
    return (time.perf_counter() - started) / _REQUESTS * 1e6


async def main() -> None:
    url = sys.argv[1] if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory() as folder:
        print(f"request, limits off      {await _request_us(Path(folder), limits_read='0'):8.1f} us")
        print(f"request, in memory       {await _request_us(Path(folder), limits_read='100000000'):8.1f} us")
        if url:
            shared = {"limits_read": "100000000", "redis_url": url}
            print(f"request, in Redis        {await _request_us(Path(folder), **shared):8.1f} us")
    for callers in (1, _CALLERS):
        print(f"hit, {callers:6} callers, memory {await _hit_us(MemoryStores(), callers):5.1f} us")
    if url:
        stores = open_stores(url)
        print(f"hit, {_CALLERS:6} callers, Redis  {await _hit_us(stores, _CALLERS):5.1f} us")
        await stores.close()


if __name__ == "__main__":
    asyncio.run(main())
