"""Short-lived state that copies share, in Redis. Imported only where there is one; see `opening`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from redis.asyncio import Redis

from tutti.kit.stores.link import PREFIX, Away, RedisLink
from tutti.kit.stores.memory import MemoryStores
from tutti.kit.stores.stores import Edit

_COUNT = """
local count = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return count
"""
_SWAP = """
local present = redis.call('GET', KEYS[1])
if present ~= (ARGV[1] == '1' and ARGV[2]) then return {0, present} end
if ARGV[3] == '1' then redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5]) else redis.call('DEL', KEYS[1]) end
return {1}
"""
"""Replaces a value if it is still the one that was read; else returns what it is now. A missing value is false."""
_MAX_SWAPS = 100

T = TypeVar("T")


class RedisStores:
    """`Stores` in Redis; while it is away, counters and changed values are kept here, and forgotten once it is back."""

    def __init__(self, link: RedisLink) -> None:
        self.link = link
        self._meanwhile = MemoryStores()
        self._count = link.client.register_script(_COUNT)
        self._swap = link.client.register_script(_SWAP)

    async def get(self, key: str) -> bytes | None:
        """Return a value, None where there is none (any more)."""
        return (await self.get_many([key])).get(key)

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return those of the values that are there, by key."""
        if not keys:
            return {}

        try:
            found = await self._read(keys)
        except Away:
            return await self._meanwhile.get_many(keys)
        return {key: value for key, value in zip(keys, found, strict=True) if value is not None}

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value for ``ttl_s`` seconds."""

        async def write(client: Redis) -> Any:
            return await client.set(PREFIX + key, value, px=_ms(ttl_s))

        try:
            await self._ask(write)
        except Away:
            return

    async def delete(self, *keys: str) -> None:
        """Forget values; those that are not there, too."""

        async def remove(client: Redis) -> Any:
            return await client.delete(*(PREFIX + key for key in keys))

        await self._meanwhile.delete(*keys)
        try:
            await self._ask(remove)
        except Away:
            return

    async def count(self, key: str, ttl_s: float, step: int = 1) -> int:
        """Add ``step`` to a counter and return what it is then; it begins at 0 and ends ``ttl_s`` after it began."""

        async def add(_: Redis) -> int:
            return int(await self._count([PREFIX + key], [step, _ms(ttl_s)]))

        try:
            return await self._ask(add)
        except Away:
            return await self._meanwhile.count(key, ttl_s, step)

    async def change(self, key: str, edit: Edit, ttl_s: float) -> None:
        """Replace a value by what ``edit`` makes of it, with nobody in between; None deletes it."""
        try:
            (before,) = await self._read([key])
            for _ in range(_MAX_SWAPS):
                swapped, *present = await self._try_swap(key, before, edit(before), ttl_s)
                if swapped:
                    return
                before = present[0] if present else None
        except Away:
            pass
        # Away, or a hundred others were quicker each time: better counted here than not at all.
        await self._meanwhile.change(key, edit, ttl_s)

    async def find_problem(self) -> str | None:
        """Say that Redis is away."""
        return await self.link.find_problem()

    async def close(self) -> None:
        """Close the connections."""
        await self.link.close()

    async def _read(self, keys: Sequence[str]) -> list[bytes | None]:
        async def read(client: Redis) -> list[bytes | None]:
            return cast("list[bytes | None]", await client.mget([PREFIX + key for key in keys]))

        return await self._ask(read)

    async def _ask(self, work: Callable[[Redis], Awaitable[T]]) -> T:
        answer = await self.link.ask(work)
        self._meanwhile.clear()
        return answer

    async def _try_swap(self, key: str, before: bytes | None, after: bytes | None, ttl_s: float) -> list[Any]:
        known = [int(before is not None), before or b"", int(after is not None), after or b"", _ms(ttl_s)]

        async def swap(_: Redis) -> list[Any]:
            return cast("list[Any]", await self._swap([PREFIX + key], known))

        return await self._ask(swap)


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
