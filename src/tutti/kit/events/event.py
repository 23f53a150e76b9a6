"""Events: facts that a service tells the others, once they are committed."""

from datetime import datetime
from typing import ClassVar

import msgspec

from tutti.kit.clock import now
from tutti.kit.ids import new_id
from tutti.kit.trace import trace_parent


class Event(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of every event; a subclass lies in its service's api and names itself.

    ``class TrackAdded(Event): TYPE = "catalog.TrackAdded"; KEY = "track_id"``. Order is kept among events of equal key.
    """

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str]

    @property
    def key(self) -> str:
        """What the order is kept by: a user id for playback, a track id for media and catalogue."""
        return str(getattr(self, self.KEY))


class Envelope(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event on its way."""

    id: str
    type: str
    version: int
    key: str
    occurred_at: datetime
    trace_parent: str
    payload: msgspec.Raw


def seal(event: Event) -> Envelope:
    """Put ``event`` into an envelope that says when it happened and as part of which trace: now, and this task's."""
    return Envelope(
        id=new_id(),
        type=event.TYPE,
        version=event.VERSION,
        key=event.key,
        occurred_at=now(),
        trace_parent=trace_parent(),
        payload=msgspec.Raw(msgspec.json.encode(event)),
    )
