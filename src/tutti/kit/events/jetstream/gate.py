"""What all that works for one consumer in a process goes by."""

import asyncio
from datetime import timedelta

from nats.aio.msg import Msg

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
        self.last_age = timedelta()
        """How old the last event was when it came up."""

    async def look(self) -> State:
        """Look at how the consumer stands."""
        state = await self._db.read(arrivals.look, self._consumer, self._parked_limit)
        self.rewinds = state.rewinds
        if state.is_full:
            self.opened.clear()
        else:
            self.opened.set()
        return state
