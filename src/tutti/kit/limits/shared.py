"""Counting requests for all copies, in Redis. Imported only where there is one; see `opening`."""

from typing import Any, cast

from limits import RateLimitItem
from limits.aio.storage.redis.bridge import RedisBridge
from redis.asyncio import Redis

from tutti.kit.limits.counting import BoundedMemory, Left, Window, Windows, left_of
from tutti.kit.stores.link import PREFIX, Away, RedisLink

_COUNT = f"""
local function acquire(KEYS, ARGV)
{RedisBridge.SCRIPT_ACQUIRE_SLIDING_WINDOW.decode()}
end
local function look(KEYS, ARGV)
{RedisBridge.SCRIPT_SLIDING_WINDOW.decode()}
end
local allowed = acquire(KEYS, ARGV)
return {{allowed and 1 or 0, look(KEYS, {{ARGV[2]}})}}
"""
"""The library's two scripts as one: it asks one after the other, and half of what counting costs is the way there.

KEYS: the window before, the present one. ARGV: how many are allowed, seconds of a window, how many to count.
"""


class SharedCounting:
    """Counts in Redis; while that is away, for this process alone: no request fails because nobody counts it."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._count = link.client.register_script(_COUNT)
        self._meanwhile = Windows(BoundedMemory())

    async def hit(self, limit: RateLimitItem, who: str) -> Left:
        """Count a request of ``who``, if it is allowed."""
        # As the library names them: copies of both kinds count together while one version follows the other.
        present = f"{PREFIX}limits:{{{limit.key_for(who)}}}"

        async def count(_: Redis) -> list[Any]:
            numbers = [limit.amount, limit.get_expiry(), 1]
            return cast("list[Any]", await self._count([f"{present}/-1", present], numbers))

        try:
            allowed, window = await self._link.ask(count)
        except Away:
            return await self._meanwhile.hit(limit, who)
        return left_of(limit, bool(allowed), _window(*window))


def _window(before: bytes | None, before_ends_in_ms: int, present: bytes | None, present_ends_in_ms: int) -> Window:
    """Read what `_COUNT` saw: a counter that is not there is nothing, and its end is negative."""
    return Window(
        int(before or 0), max(0, before_ends_in_ms) / 1000, int(present or 0), max(0, present_ends_in_ms) / 1000
    )
