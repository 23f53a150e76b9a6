"""The connection to Redis: one pool for each process, short waits, and a pause after each failure.

Imported only where ``TUTTI_REDIS_URL`` is set; see `opening`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from tutti.kit.stores.metrics import CALLS, UP
from tutti.kit.stores.settings import RedisSettings

PREFIX = "tutti:"
DEGRADED = "Redis does not answer: live updates pause, and copies of this process share no short-lived state"

T = TypeVar("T")
log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.redis")


class Away(Exception):
    """Redis does not answer, or did not a moment ago."""


class RedisLink:
    """Asks Redis, and stops asking for a moment whenever it does not answer, so that pages stay quick."""

    def __init__(self, url: str, settings: RedisSettings) -> None:
        timeout_s = settings.timeout_ms / 1000
        # No retries of the library's own: they wait for seconds. What fails here is asked again by whoever comes next.
        self.pool = ConnectionPool.from_url(
            url,
            max_connections=settings.connections + 1,  # that which hears live messages keeps one
            protocol=2,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
        self.client: Redis = Redis(connection_pool=self.pool)
        self.settings = settings
        # The pool's own limit fails instead of waiting, which would look as if Redis was away.
        self._turns = asyncio.Semaphore(settings.connections)
        self._timeout_s = timeout_s
        self._pause_s = settings.pause_ms / 1000
        self._away = False
        self._asked_again_at = 0.0
        UP.set(1)

    @property
    def is_away(self) -> bool:
        """Whether the last question was not answered."""
        return self._away

    async def ask(self, work: Callable[[Redis], Awaitable[T]]) -> T:
        """Return what ``work`` answers, which asks Redis once or in one pipeline.

        Raises:
            Away: Redis does not answer; whether it has done what was asked is not known.
        """
        async with self._turns:
            self._admit()
            try:
                # Over all of it: connecting to a server that hangs takes several steps.
                async with asyncio.timeout(2 * self._timeout_s):
                    answer = await work(self.client)
            except (RedisError, OSError, TimeoutError) as error:
                await self._note_failure(error)
                raise Away(str(error)) from error
        self._note_answer()
        return answer

    async def find_problem(self) -> str | None:
        """Ask Redis for a sign of life; say so if there is none."""
        try:
            await self.ask(_ping)
        except Away:
            return DEGRADED
        return None

    async def close(self) -> None:
        """Close all connections."""
        await self.client.aclose()
        await self.pool.disconnect()

    def _admit(self) -> None:
        """Let a question through, unless the pause after a failure lasts; the first one after it is the probe."""
        if not self._away:
            return
        present = time.monotonic()
        if present < self._asked_again_at:
            CALLS.labels("skipped").inc()
            raise Away("Redis did not answer a moment ago")
        self._asked_again_at = present + self._pause_s

    async def _note_failure(self, error: Exception) -> None:
        CALLS.labels("failed").inc()
        self._asked_again_at = time.monotonic() + self._pause_s
        if not self._away:
            self._away = True
            UP.set(0)
            log.warning("redis does not answer", error=repr(error))
        await self.pool.disconnect(inuse_connections=False)  # what is idle is as dead as what has just failed

    def _note_answer(self) -> None:
        CALLS.labels("answered").inc()
        if self._away:
            self._away = False
            UP.set(1)
            log.info("redis answers again")


async def _ping(client: Redis) -> Any:
    return await client.ping()
