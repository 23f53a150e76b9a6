"""How a process learns whom to trust: the public keys that tokens are signed with, and the sessions that were ended.

Every process checks tokens itself, without a call. What it needs for that it asks for every few seconds, accounts
where that runs elsewhere, the database where there may be other copies of accounts. While nobody answers, what is known
goes on: tokens are taken, and a session that ends meanwhile is found out about later.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

import msgspec
import structlog
from msgspec import Meta

from tutti.kit.auth import Authenticator, CheckApiKey, Identity, Trust, TrustAway
from tutti.kit.tasks import end_tasks

AskTrust = Callable[[datetime | None], Awaitable[Trust]]
"""Returns the keys, and what ended since then (as far as anybody has to remember it, for None)."""

_FIRST_AGAIN_S = 0.5
_ASK_AGAIN_S = 1.0
"""Tokens with unknown keys make somebody be asked no more often than this."""
_REMEMBERED_KEYS = 4096
_RETRY_AFTER_S = 2

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.trust")


class AuthSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How quickly a process hears of what ends in another."""

    trust_s: Annotated[
        float, Meta(gt=0, le=60, description="How often a process asks which sessions were ended in another one")
    ] = 5
    api_key_s: Annotated[
        float, Meta(ge=0, le=300, description="How long a process without accounts relies on its answer to an API key")
    ] = 5


class TrustFollower:
    """Keeps an `Authenticator` up to date."""

    def __init__(
        self, auth: Authenticator, ask: AskTrust, every_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._auth = auth
        self._ask = ask
        self._every_s = every_s
        self._clock = clock
        self._as_of: datetime | None = None
        self._asking: asyncio.Task[bool] | None = None
        self._asked_at = -_ASK_AGAIN_S
        self._answered = False
        """Whether whoever was asked last has answered."""

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Ask again and again for the length of a block."""
        self._auth.follow(self.ask_again)
        following = asyncio.create_task(self._follow(), name="trust")
        try:
            yield
        finally:
            tasks: list[asyncio.Task[None] | asyncio.Task[bool]] = [following]
            tasks += [self._asking] if self._asking is not None else []
            await end_tasks(*tasks)

    async def ask_again(self) -> None:
        """Ask now, with whoever else wants to; no more than once a second.

        Raises:
            TrustAway: nobody answers.
        """
        if self._clock() - self._asked_at >= _ASK_AGAIN_S or self._asking is not None:
            await self._refresh()
        if not self._answered:
            raise TrustAway(
                "Nobody can say at the moment whether this token is to be trusted. Try again.",
                retry_after_s=_RETRY_AFTER_S,
            )

    async def _follow(self) -> None:
        while True:
            await self._refresh()
            await asyncio.sleep(min(self._every_s, _FIRST_AGAIN_S) if self._as_of is None else self._every_s)

    async def _refresh(self) -> None:
        if self._asking is None:
            self._asked_at = self._clock()
            self._asking = asyncio.create_task(self._ask_once(), name="ask for trust")
            self._asking.add_done_callback(self._has_asked)
        await asyncio.shield(self._asking)

    def _has_asked(self, asking: asyncio.Task[bool]) -> None:
        self._asking = None
        self._answered = not asking.cancelled() and asking.result()

    async def _ask_once(self) -> bool:
        try:
            trust = await self._ask(self._as_of)
            self._auth.learn(trust)
        except Exception as error:  # noqa: BLE001  whatever it is may pass, and what is known goes on
            level = log.warning if self._answered or self._as_of is None else log.debug  # once, not every few seconds
            level("nobody says whom to trust", reason=str(error) or type(error).__name__)
            return False
        self._as_of = trust.as_of
        return True


class RememberedApiKeys:
    """Has API keys checked by accounts, and relies on a good answer for a few seconds: not every request is a call."""

    def __init__(self, check: CheckApiKey, remembered_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._check = check
        self._remembered_s = remembered_s
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Identity]] = OrderedDict()

    async def __call__(self, key: str) -> Identity:
        """Return who ``key`` speaks for.

        Raises:
            Unauthorized: it is not valid.
        """
        digest = hashlib.sha256(key.encode()).digest()  # so that no key lies in memory for longer than its request
        until, identity = self._known.get(digest, (0.0, None))
        if identity is not None and until > self._clock():
            return identity
        self._known.pop(digest, None)
        identity = await self._check(key)
        self._known[digest] = (self._clock() + self._remembered_s, identity)
        if len(self._known) > _REMEMBERED_KEYS:
            self._known.popitem(last=False)
        return identity
