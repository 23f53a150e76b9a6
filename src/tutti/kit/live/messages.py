"""What is shown, and the mailbox of one client."""

import asyncio
from collections import deque
from collections.abc import Iterable

import msgspec

from tutti.kit.live.metrics import DROPPED

QUEUE_LIMIT = 256


class Message(msgspec.Struct, frozen=True, tag="message", tag_field="type", rename="camel"):
    """Something shown on a channel."""

    channel: str
    kind: str
    id: int
    payload: msgspec.Raw
    """JSON, encoded once for all who listen."""


class Paused(msgspec.Struct, frozen=True, tag="paused", tag_field="type"):
    """What other processes show does not come through at present."""


class Reset(msgspec.Struct, frozen=True, tag="reset", tag_field="type", rename="camel"):
    """Something was lost: ask for everything again. Also ends a pause."""

    last_id: int
    """What came before it need not be asked for any more."""


Item = Message | Paused | Reset


class Listener:
    """One client's mailbox: bounded, and honest about what it lost."""

    def __init__(self) -> None:
        self.channels: set[str] = set()
        self.lost = False
        """Whether something is gone that `take` does not return."""
        self.paused = False
        self._waiting: deque[Item] = deque()
        self._arrived = asyncio.Event()
        self._released = asyncio.Event()
        self._released.set()
        self._first: dict[str, int] = {}
        """Id of the first message heard of each channel: from there on, nothing is missing."""

    def put(self, message: Message) -> None:
        """Add a message; the oldest goes where there is no room."""
        self._first.setdefault(message.channel, message.id)
        self._add(message)

    def tell(self, notice: Paused | Reset) -> None:
        """Add a notice about everything that is heard."""
        self.paused = isinstance(notice, Paused)
        self._add(notice)

    def join(self, channel: str) -> None:
        """Note that ``channel`` is heard from now on."""
        self.channels.add(channel)

    def leave(self, channel: str) -> None:
        """Note that ``channel`` is heard no more."""
        self.channels.discard(channel)
        self._first.pop(channel, None)

    def hold(self) -> None:
        """Let nothing out until `replay`, so that what was missed comes before what follows it."""
        self._released.clear()

    def replay(self, missed: Iterable[Message], *, whole: bool) -> None:
        """Put what was missed before what is waiting, in the order of ids, but for what was heard anyway."""
        self.lost = self.lost or not whole
        unheard = [message for message in missed if message.id < self._first.get(message.channel, message.id + 1)]
        waiting, self._waiting = self._waiting, deque()
        for item in (*sorted(unheard, key=lambda message: message.id), *waiting):
            self._add(item)
        self._released.set()
        self._arrived.set()

    async def take(self) -> list[Item]:
        """Wait for something, and return all there is."""
        while not self._waiting and not self.lost:
            self._arrived.clear()
            await self._arrived.wait()
        await self._released.wait()
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def _add(self, item: Item) -> None:
        if len(self._waiting) == QUEUE_LIMIT:
            self._waiting.popleft()
            self.lost = True
            DROPPED.labels("client").inc()
        self._waiting.append(item)
        self._arrived.set()
