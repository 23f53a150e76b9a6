"""What all that works for one consumer in a process goes by."""

import asyncio
from datetime import datetime, timedelta

from nats.aio.msg import Msg

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.events.jetstream import arrivals
from tutti.kit.events.jetstream.arrivals import State
from tutti.kit.events.settings import EventSettings


class Gate:
    """Shut while too many events are parked; ``slots`` are the handlers that may run at once."""

    def __init__(self, db: Database, consumer: str, settings: EventSettings) -> None:
        self._db = db
        self._consumer = consumer
        self._parked_limit = settings.parked_limit
        self.slots = asyncio.Semaphore(settings.concurrency)
        self.opened = asyncio.Event()
        self.rewinds = 0
        self.in_hand: dict[str, Msg] = {}
        """By their replies, messages that are handled or wait for a slot: JetStream is told so, again and again."""
        self.told_at: dict[str, datetime] = {}
        """When the events in hand happened, by the same."""
        self._worst_age = timedelta()

    def take(self, message: Msg, told_at: datetime) -> None:
        """Have an event in hand that happened at ``told_at``."""
        self.in_hand[message.reply] = message
        self.told_at[message.reply] = told_at
        self._worst_age = max(self._worst_age, now() - told_at)

    def drop(self, message: Msg) -> None:
        """Have it in hand no more."""
        self.in_hand.pop(message.reply, None)
        self.told_at.pop(message.reply, None)

    def measure_age(self) -> timedelta:
        """How old the oldest event is that is in hand, or has come up since the last time this was asked."""
        oldest = min(self.told_at.values(), default=None)
        age = max(self._worst_age, timedelta() if oldest is None else now() - oldest)
        self._worst_age = timedelta()
        return age

    async def look(self) -> State:
        """Look at how the consumer stands."""
        state = await self._db.read(arrivals.look, self._consumer, self._parked_limit)
        self.rewinds = state.rewinds
        if state.is_full:
            self.opened.clear()
        else:
            self.opened.set()
        return state
