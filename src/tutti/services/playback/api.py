"""What others may know of playback: events, and the types on the wire."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from tutti.kit.events.event import Event

LISTEN_SHARE = 0.5
LISTEN_MS = 4 * 60 * 1000
"""A play counts as a listen after half the track or four minutes, whichever is less (docs/glossary.md)."""

PlayKind = Literal["started", "paused", "resumed", "seeked", "progress", "skipped", "completed"]


class ListenRecorded(Event, frozen=True):
    """A user heard enough of a track for it to count."""

    TYPE: ClassVar[str] = "playback.ListenRecorded"
    KEY: ClassVar[str] = "user_id"
    user_id: str
    track_id: str
    play_id: str
    listened_at: datetime
    played_ms: int


class PlaybackStarted(Event, frozen=True):
    """A player began a track."""

    TYPE: ClassVar[str] = "playback.PlaybackStarted"
    KEY: ClassVar[str] = "user_id"
    user_id: str
    track_id: str
    play_id: str
    started_at: datetime


class PlaybackSkipped(Event, frozen=True):
    """A track was left before it counted."""

    TYPE: ClassVar[str] = "playback.PlaybackSkipped"
    KEY: ClassVar[str] = "user_id"
    user_id: str
    track_id: str
    play_id: str
    position_ms: int
    skipped_at: datetime


class PlaybackCompleted(Event, frozen=True):
    """A track was heard to its end."""

    TYPE: ClassVar[str] = "playback.PlaybackCompleted"
    KEY: ClassVar[str] = "user_id"
    user_id: str
    track_id: str
    play_id: str
    completed_at: datetime


class PlayEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One thing that happened in a player."""

    play_id: Annotated[str, Meta(min_length=8, max_length=64, description="Made by the player for each start")]
    track_id: Annotated[str, Meta(max_length=36)]
    kind: PlayKind
    position_ms: Annotated[int, Meta(ge=0, le=7 * 24 * 3_600_000)]
    played_ms: Annotated[
        int, Meta(ge=0, le=7 * 24 * 3_600_000, description="Heard so far in this play, pauses left out")
    ]
    occurred_at: datetime


class PlayEvents(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A batch, oldest first; a batch sent again changes nothing."""

    events: Annotated[list[PlayEvent], Meta(min_length=1, max_length=200)]


class Accepted(msgspec.Struct, frozen=True, rename="camel"):
    """How many events were new, and how many listens came of them."""

    accepted: int
    listens: int


class HistoryEntry(msgspec.Struct, frozen=True, rename="camel"):
    """A listen of one's own."""

    track_id: str
    listened_at: datetime
    played_ms: int


class Play(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one play, all its events folded together."""

    user_id: str
    play_id: str
    track_id: str
    started_at: datetime
    played_ms: int = 0
    position_ms: int = 0
    ended: Literal["skipped", "completed"] | None = None
    listened_at: datetime | None = None
