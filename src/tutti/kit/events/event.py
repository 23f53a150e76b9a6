"""Events: facts that a service tells the others, once they are committed."""

from datetime import datetime
from typing import ClassVar

import msgspec


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
