"""Events: facts that a service tells the others, once they are committed."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

import msgspec

from tutti.kit.clock import now
from tutti.kit.ids import new_id
from tutti.kit.trace import trace_parent

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


class Event(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of every event; a subclass lies in its service's api and names itself.

    ``class TrackAdded(Event): TYPE = "catalog.TrackAdded"; KEY = "track_id"``. Order is kept among events of equal key.
    """

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    KEY: ClassVar[str]

    UPCASTS: ClassVar[Mapping[int, Upcast]] = {}
    """What makes the fields of version n those of version n + 1, by n."""

    @property
    def key(self) -> str:
        """What the order is kept by: a user id for playback, a track id for media and catalogue."""
        return str(getattr(self, self.KEY))

    @classmethod
    def read(cls, envelope: "Envelope") -> Self:
        """Return the event in ``envelope``; one of an older version is brought up to this one.

        Raises:
            msgspec.ValidationError: its fields are not those of this type, or its version is unknown here.
        """
        if envelope.version == cls.VERSION:
            return msgspec.json.decode(envelope.payload, type=cls)
        steps = [cls.UPCASTS.get(version) for version in range(envelope.version, cls.VERSION)]
        fields = msgspec.json.decode(envelope.payload, type=dict[str, Any])
        for step in steps or [None]:
            if step is None:
                raise msgspec.ValidationError(f"{cls.TYPE}: version {envelope.version} cannot be read here")
            fields = step(fields)
        return msgspec.convert(fields, type=cls)


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
    return seal_all([event])[0]


def seal_all(events: Iterable[Event]) -> list[Envelope]:
    """Put ``events`` that happened at the same time into an envelope each."""
    at, trace = now(), trace_parent()
    return [
        Envelope(
            id=new_id(),
            type=event.TYPE,
            version=event.VERSION,
            key=event.key,
            occurred_at=at,
            trace_parent=trace,
            payload=msgspec.Raw(msgspec.json.encode(event)),
        )
        for event in events
    ]
