"""Sending events to JetStream: many on their way at once, and never one past an earlier one of its key.

nats-py has `publish_async`; in 2.16 an error in an answer leaves its future waiting for good.
Here is what the relay needs.
"""

import asyncio
import itertools
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from tutti.kit.events.item import Item, into_chains
from tutti.kit.events.jetstream.names import Names
from tutti.kit.events.jetstream.wire import encode

_ACK_LIMIT_S = 5.0
_NO_RESPONDERS = "503"
_ID = "Nats-Msg-Id"


class NotStored(Exception):
    """JetStream did not take an event."""


class StreamGone(NotStored):
    """No stream listens to the subject of an event."""


class _Refusal(msgspec.Struct):
    code: int = 0
    description: str = ""


class _Answer(msgspec.Struct):
    error: _Refusal | None = None
    seq: int = 0


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
        """Store ``items``; return when JetStream has them all.

        Each one is sent when the one before it of its key is stored, so that none overtakes one that is lost. Sent
        again, those that are there count as stored.

        Raises:
            StreamGone: the stream of one of them is not there.
            NotStored: one of them was refused, or not acknowledged in time; some may be there all the same.
        """
        try:
            async with asyncio.timeout(_ACK_LIMIT_S):
                for nth_of_each_key in itertools.zip_longest(*into_chains(items)):
                    await self._send_at_once([item for item in nth_of_each_key if item is not None])
        except TimeoutError:
            raise NotStored("JetStream does not acknowledge events in time.") from None

    async def _send_at_once(self, items: Sequence[Item]) -> None:
        with self._answers(len(items)) as answers:
            for item, reply in zip(items, answers, strict=True):
                subject = self._names.subject(self._names.partition(item.key), item.envelope.type)
                await self._client.publish(subject, encode(item), reply=reply, headers={_ID: item.envelope.id})
            await asyncio.gather(*answers.values())

    @contextmanager
    def _answers(self, count: int) -> Generator[dict[str, asyncio.Future[None]]]:
        loop = asyncio.get_running_loop()
        answers = {f"{self._inbox}.{next(self._numbers)}": loop.create_future() for _ in range(count)}
        self._awaited.update(answers)
        try:
            yield answers
        finally:
            for reply, future in answers.items():
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
    answer = msgspec.json.decode(message.data, type=_Answer)
    if answer.error is not None:
        return NotStored(f"JetStream refuses an event: {answer.error.description}.")
    if not answer.seq:  # NATS 2.10 knows the id of one that it failed to store, and calls it a duplicate
        return NotStored("JetStream says that it has an event, and not where.")
    return None
