"""Counting requests for all copies, in Redis. Imported only where there is one; see `opening`."""

from typing import Any, cast

from limits import RateLimitItem
from limits.aio.storage import RedisStorage

from tutti.kit.limits.counting import BoundedMemory, Left, Windows
from tutti.kit.stores.link import PREFIX, Away, RedisLink


class SharedCounting:
    """Counts in Redis; while that is away, for this process alone: no request fails because nobody counts it."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        pool = cast(Any, link.pool)
        # The address is of no account where a pool is given; the scheme says whose protocol it is.
        storage = RedisStorage(
            "async+redis://localhost:6379",
            implementation="redispy",
            connection_pool=pool,
            key_prefix=f"{PREFIX}limits",
        )
        self._shared = Windows(storage)
        self._meanwhile = Windows(BoundedMemory())

    async def hit(self, limit: RateLimitItem, who: str) -> Left:
        """Count a request of ``who``, if it is allowed."""
        try:
            return await self._link.ask(lambda _: self._shared.hit(limit, who))
        except Away:
            return await self._meanwhile.hit(limit, who)
