"""Sending events to JetStream: many on their way at once, and never one past an earlier one of its stream.

nats-py has `publish_async`; in 2.16 an error in an answer leaves its future waiting for good.
Here is what the relay needs.
"""

import asyncio
import itertools
from collections.abc import Sequence

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from tutti.kit.events.item import Item
from tutti.kit.events.jetstream.names import Names
from tutti.kit.events.jetstream.wire import encode

_ACK_LIMIT_S = 5.0
_NO_RESPONDERS = "503"
_ID = "Nats-Msg-Id"
_AFTER = "Nats-Expected-Last-Msg-Id"


class NotStored(Exception):
    """JetStream did not take an event."""


class StreamGone(NotStored):
    """No stream listens to the subject of an event."""


class _Refusal(msgspec.Struct):
    code: int = 0
    description: str = ""


class _Answer(msgspec.Struct):
    error: _Refusal | None = None


class Publisher:
    """Sends over one connection."""

    def __init__(self, client: Client, names: Names) -> None:
        self._client = client
        self._names = names
        self._inbox = client.new_inbox()
        self._numbers = itertools.count()
        self._awaited: dict[str, asyncio.Future[None]] = {}

    async def start(self) -> None:
        """Listen for answers."""
        await self._client.subscribe(f"{self._inbox}.*", cb=self._on_answer)

    async def send(self, items: Sequence[Item]) -> None:
        """Store ``items``, in their order; return when JetStream has them all.

        Each one names the one before it in its stream, which JetStream then requires to be the last there: where one
        is lost, those after it are refused, and none comes before it. Sent again, those that are there count as stored.

        Raises:
            StreamGone: the stream of one of them is not there.
            NotStored: one of them was refused, or not acknowledged in time; some may be there all the same.
        """
        last: dict[int, str] = {}
        replies: dict[str, asyncio.Future[None]] = {}
        try:
            for item in items:
                partition = self._names.partition(item.key)
                headers = {_ID: item.envelope.id}
                if partition in last:
                    headers[_AFTER] = last[partition]
                last[partition] = item.envelope.id
                reply = f"{self._inbox}.{next(self._numbers)}"
                replies[reply] = self._awaited[reply] = asyncio.get_running_loop().create_future()
                subject = self._names.subject(partition, item.envelope.type)
                await self._client.publish(subject, encode(item), reply=reply, headers=headers)
            async with asyncio.timeout(_ACK_LIMIT_S):
                await asyncio.gather(*replies.values())
        except TimeoutError:
            raise NotStored("JetStream does not acknowledge events in time.") from None
        finally:
            for reply, future in replies.items():
                del self._awaited[reply]
                future.cancel()

    async def _on_answer(self, message: Msg) -> None:
        future = self._awaited.get(message.subject)
        if future is None or future.done():
            return
        error = _read_refusal(message)
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


def _read_refusal(message: Msg) -> NotStored | None:
    if (message.headers or {}).get("Status") == _NO_RESPONDERS:
        return StreamGone("A stream of events is not there in NATS.")
    refusal = msgspec.json.decode(message.data, type=_Answer).error
    return None if refusal is None else NotStored(f"JetStream refuses an event: {refusal.description}.")
