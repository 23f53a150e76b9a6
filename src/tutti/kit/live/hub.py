"""Channels in memory: who listens to what, and the last messages of each for clients that were away for a moment."""

import time
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from itertools import count

import msgspec

from tutti.kit.auth import Identity
from tutti.kit.live.messages import Listener, Message, Paused
from tutti.kit.live.metrics import CLIENTS, SHOWN

MayListen = Callable[[Identity, str], bool]
"""Whether somebody may listen to the rest of a channel's name: ``user:{id}`` asks with ``{id}``."""

RING_LIMIT = 64
CHANNEL_LIMIT = 10_000


class Live:
    """Shows messages to whoever listens; nobody listening is no error. For the event loop's thread only."""

    def __init__(self) -> None:
        self._born = time.time_ns() // 1_000_000  # ids rise over a restart, too
        self._ids = count(self._born + 1)
        self._newest = self._born
        self._everybody: set[Listener] = set()
        self._listeners: dict[str, set[Listener]] = {}
        self._rings: OrderedDict[str, deque[Message]] = OrderedDict()
        self._rules: dict[str, MayListen] = {"user": lambda identity, user_id: identity.user_id == user_id}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Held open while the process runs."""
        yield

    @property
    def is_paused(self) -> bool:
        """Whether what other processes show does not come through at present."""
        return False

    @property
    def newest(self) -> int:
        """Id of the newest message known to this process."""
        return self._newest

    def allow(self, prefix: str, rule: MayListen) -> None:
        """Say who may listen to the channels ``prefix`` and ``prefix:…``; without a rule nobody may."""
        self._rules[prefix] = rule

    def may_listen(self, identity: Identity, channel: str) -> bool:
        """Whether ``identity`` may listen to ``channel``."""
        prefix, _, rest = channel.partition(":")
        rule = self._rules.get(prefix)
        return rule is not None and rule(identity, rest)

    def show(self, channel: str, kind: str, payload: msgspec.Struct) -> None:
        """Send ``payload`` to every client on ``channel``; never waits, and a slow client loses the oldest."""
        SHOWN.inc()
        message = Message(channel, kind, next(self._ids), msgspec.Raw(msgspec.json.encode(payload)))
        ring = self._rings.setdefault(channel, deque(maxlen=RING_LIMIT))
        ring.append(message)
        self._rings.move_to_end(channel)
        if len(self._rings) > CHANNEL_LIMIT:
            self._rings.popitem(last=False)
        self._deliver(message)

    def enter(self, listener: Listener) -> None:
        """Let a client in that has said who it is; it hears of pauses from now on."""
        self._everybody.add(listener)
        CLIENTS.inc()
        if self.is_paused:
            listener.tell(Paused())

    def forget(self, listener: Listener) -> None:
        """Take a client off every channel."""
        for channel in list(listener.channels):
            self.unsubscribe(listener, channel)
        if listener in self._everybody:
            self._everybody.remove(listener)
            CLIENTS.dec()

    async def subscribe(self, listener: Listener, channel: str) -> None:
        """Let ``listener`` hear ``channel``: all that is shown once this returns."""
        self._join(listener, channel)

    def unsubscribe(self, listener: Listener, channel: str) -> None:
        """Let ``listener`` hear ``channel`` no more."""
        listener.leave(channel)
        listeners = self._listeners.get(channel, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(channel, None)

    async def resume(self, listener: Listener, last_id: int) -> None:
        """Give ``listener`` what its channels have shown since ``last_id``; it is told when some of that is gone."""
        whole = self._born <= last_id <= self._newest
        missed: list[Message] = []
        for channel in listener.channels:
            ring = self._rings.get(channel, deque[Message]())
            missed += [message for message in ring if message.id > last_id]
            whole = whole and (len(ring) < RING_LIMIT or ring[0].id <= last_id + 1)
        listener.replay(missed, whole=whole)

    async def find_newest(self) -> int:
        """Return the id of the newest message of all: who was there then has missed nothing up to it."""
        return self._newest

    def _join(self, listener: Listener, channel: str) -> None:
        listener.join(channel)
        self._listeners.setdefault(channel, set()).add(listener)

    def _deliver(self, message: Message) -> None:
        self._newest = max(self._newest, message.id)
        for listener in self._listeners.get(message.channel, ()):
            listener.put(message)
