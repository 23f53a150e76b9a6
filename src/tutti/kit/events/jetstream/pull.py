"""Pulling messages from a consumer of JetStream, a few at a time, so that no more of them are here than are asked for.

The protocol is NATS ADR-37: a request names how many and for how long; messages come to its reply inbox, and so do
answers with a status. nats-py has `fetch`; it throws away what arrives while it is cancelled, which would then be
missing here until its lease ends.
"""

import asyncio
import contextlib
from collections import deque

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

_NANOSECONDS = 1_000_000_000
_SPARE_S = 2.0
"""After this much more than was asked for, an answer has been lost: NATS was restarted meanwhile."""
_OVER = ("404", "408")
"""Nothing came in time."""


class ConsumerGone(Exception):
    """The consumer, its stream, or all of NATS is not there any more."""


class Pull:
    """Use in an ``async with``; at its end, what is still on its way is given back at once."""

    def __init__(self, client: Client, stream: str, consumer: str, *, batch: int, expires_s: float) -> None:
        self._client = client
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._request = msgspec.json.encode({"batch": batch, "expires": int(expires_s * _NANOSECONDS)})
        self._batch = batch
        self._limit_s = expires_s + _SPARE_S
        self._inbox = client.new_inbox()
        self._arrived: deque[Msg] = deque()
        self._news = asyncio.Event()
        self._coming = 0
        self._stopped = False
        self._gone: str | None = None
        self._subscription: Subscription | None = None

    async def __aenter__(self) -> "Pull":
        self._subscription = await self._client.subscribe(self._inbox, cb=self._on_message)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()
        if self._subscription is not None and self._client.is_connected:
            with contextlib.suppress(nats.errors.Error, TimeoutError):  # the connection was lost meanwhile
                async with asyncio.timeout(_SPARE_S):
                    await self._subscription.drain()
        while self._arrived:
            await self._give_back(self._arrived.popleft())

    def stop(self) -> None:
        """Let `next` return None from now on; messages that come are given back."""
        self._stopped = True
        self._news.set()

    def ask_again(self) -> None:
        """Forget what was asked: NATS was restarted, and knows nothing of it."""
        self._coming = 0
        self._news.set()

    async def next(self) -> Msg | None:
        """Wait for a message; None where there is none for a while.

        Raises:
            ConsumerGone: there is nothing to wait for.
        """
        if self._stopped:
            return None
        if not self._arrived and self._coming <= 0:
            self._coming = self._batch
            await self._client.publish(self._subject, self._request, reply=self._inbox)
        try:
            async with asyncio.timeout(self._limit_s):
                await self._wait()
        except TimeoutError:
            self._coming = 0
            return None
        if self._gone is not None:
            raise ConsumerGone(self._gone)
        if self._stopped or not self._arrived:
            return None
        self._coming -= 1
        return self._arrived.popleft()

    async def _wait(self) -> None:
        """Until a message is here, or none will be."""
        while not self._arrived and self._coming > 0 and self._gone is None and not self._stopped:
            self._news.clear()
            await self._news.wait()

    async def _on_message(self, message: Msg) -> None:
        status = None if message.headers is None or message.data else message.headers.get("Status")
        if status is None:
            if self._stopped:
                await self._give_back(message)
            else:
                self._arrived.append(message)
        elif status in _OVER:
            self._coming = len(self._arrived)
        elif status != "100":
            self._gone = (message.headers or {}).get("Description", "").split("\n")[0] or f"status {status}"
        self._news.set()

    async def _give_back(self, message: Msg) -> None:
        if message.reply and self._client.is_connected:
            await message.nak()
