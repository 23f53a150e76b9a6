"""Counting requests for all copies, in Redis. Imported only where there is one; see `opening`."""

from typing import cast

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
local allowed = acquire(KEYS, ARGV) and 1 or 0
local before, before_ms, present, present_ms = unpack(look(KEYS, {{ARGV[2]}}))
return string.format('%d %d %d %d %d', allowed, before or 0, before_ms, present or 0, present_ms)
"""
"""The library's two scripts as one: it asks one after the other, and most of what counting costs is the way there.

KEYS: the window before, the present one. ARGV: how many are allowed, seconds of a window, how many to count. The answer
is one line, since the client reads lists slowly: whether it is allowed, then for both windows how many requests they
hold and in how many milliseconds they end (negative: there is none).
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

        async def count(_: Redis) -> bytes:
            return cast(bytes, await self._count([f"{present}/-1", present], [limit.amount, limit.get_expiry(), 1]))

        try:
            answer = await self._link.ask(count)
        except Away:
            return await self._meanwhile.hit(limit, who)
        allowed, before, before_ms, now, now_ms = map(int, answer.split())
        return left_of(limit, bool(allowed), Window(before, max(0, before_ms) / 1000, now, max(0, now_ms) / 1000))
