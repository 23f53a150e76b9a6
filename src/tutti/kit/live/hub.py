"""Channels in memory: who listens to what, and the last messages of each for clients that were away for a moment."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from itertools import count

import msgspec

from tutti.kit.auth import Identity

MayListen = Callable[[Identity, str], bool]
"""Whether somebody may listen to the rest of a channel's name: ``user:{id}`` asks with ``{id}``."""

QUEUE_LIMIT = 256
RING_LIMIT = 64
CHANNEL_LIMIT = 10_000


class Message(msgspec.Struct, frozen=True, tag="message", tag_field="type", rename="camel"):
    """Something shown on a channel."""

    channel: str
    kind: str
    id: int
    payload: object


class Listener:
    """One client's mailbox: bounded, and honest about what it lost."""

    def __init__(self) -> None:
        self.channels: set[str] = set()
        self.lost = False
        self._waiting: deque[Message] = deque(maxlen=QUEUE_LIMIT)
        self._arrived = asyncio.Event()

    def put(self, message: Message) -> None:
        """Add a message; the oldest goes where there is no room."""
        self.lost = self.lost or len(self._waiting) == QUEUE_LIMIT
        self._waiting.append(message)
        self._arrived.set()

    async def take(self) -> list[Message]:
        """Wait for messages and return all there are."""
        await self._arrived.wait()
        self._arrived.clear()
        taken = list(self._waiting)
        self._waiting.clear()
        return taken


class Live:
    """Shows messages to whoever listens; nobody listening is no error."""

    def __init__(self) -> None:
        self._born = time.time_ns() // 1_000_000  # ids rise over a restart, too
        self._ids = count(self._born + 1)
        self._listeners: dict[str, set[Listener]] = {}
        self._rings: OrderedDict[str, deque[Message]] = OrderedDict()
        self._rules: dict[str, MayListen] = {"user": lambda identity, user_id: identity.user_id == user_id}

    def allow(self, prefix: str, rule: MayListen) -> None:
        """Say who may listen to the channels ``prefix`` and ``prefix:…``; without a rule nobody may."""
        self._rules[prefix] = rule

    def may_listen(self, identity: Identity, channel: str) -> bool:
        """Whether ``identity`` may listen to ``channel``."""
        prefix, _, rest = channel.partition(":")
        rule = self._rules.get(prefix)
        return rule is not None and rule(identity, rest)

    def show(self, channel: str, kind: str, payload: msgspec.Struct) -> None:
        """Send ``payload`` to every client on ``channel``; never waits, and a slow client loses the oldest.

        For the event loop's thread only.
        """
        message = Message(channel, kind, next(self._ids), payload)
        ring = self._rings.setdefault(channel, deque(maxlen=RING_LIMIT))
        ring.append(message)
        self._rings.move_to_end(channel)
        if len(self._rings) > CHANNEL_LIMIT:
            self._rings.popitem(last=False)
        for listener in self._listeners.get(channel, ()):
            listener.put(message)

    def subscribe(self, listener: Listener, channel: str) -> None:
        """Let ``listener`` hear ``channel`` from now on."""
        listener.channels.add(channel)
        self._listeners.setdefault(channel, set()).add(listener)

    def unsubscribe(self, listener: Listener, channel: str) -> None:
        """Let ``listener`` hear ``channel`` no more."""
        listener.channels.discard(channel)
        listeners = self._listeners.get(channel, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(channel, None)

    def forget(self, listener: Listener) -> None:
        """Take a client off every channel."""
        for channel in list(listener.channels):
            self.unsubscribe(listener, channel)

    def resume(self, listener: Listener, last_id: int) -> bool:
        """Give ``listener`` what its channels have shown since ``last_id``; False when some of that is gone."""
        whole = True
        missed: list[Message] = []
        for channel in listener.channels:
            ring = self._rings.get(channel, ())
            missed += [message for message in ring if message.id > last_id]
            whole = whole and (len(ring) < RING_LIMIT or (bool(ring) and ring[0].id <= last_id + 1))
        for message in sorted(missed, key=lambda message: message.id):
            listener.put(message)
        return whole and self._born <= last_id <= self.last_id

    @property
    def last_id(self) -> int:
        """Id of the newest message."""
        return max((ring[-1].id for ring in self._rings.values() if ring), default=self._born)
