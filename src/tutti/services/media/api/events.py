"""What media tells."""

from typing import ClassVar

from tutti.kit.events.event import Event


class TrackUploaded(Event, frozen=True):
    """All bytes of an upload have come (or its job is to be tried again): to be made a track of."""

    TYPE: ClassVar[str] = "media.TrackUploaded"
    KEY: ClassVar[str] = "track_id"
    track_id: str
    upload_id: str
    user_id: str
    job_id: str


class TrackReady(Event, frozen=True):
    """An uploaded track can be heard; its original, analysis and ladder are stored.

    ``gain_db`` is the ReplayGain 2.0 track gain (to -18 LUFS), ``peak`` the true peak as a ratio (1.0 is full scale).
    """

    TYPE: ClassVar[str] = "media.TrackReady"
    KEY: ClassVar[str] = "track_id"
    track_id: str
    upload_id: str
    user_id: str
    digest: str
    duration_ms: int
    gain_db: float | None = None
    peak: float | None = None


class TrackFailed(Event, frozen=True):
    """Nothing could be made of an upload; ``code`` is one of `FailureCode`, ``reason`` a sentence for its uploader."""

    TYPE: ClassVar[str] = "media.TrackFailed"
    KEY: ClassVar[str] = "track_id"
    track_id: str
    upload_id: str
    user_id: str
    code: str
    reason: str


class AudioDeleted(Event, frozen=True):
    """The sound of an uploaded track was deleted by its uploader or an admin; the track stays, and cannot be heard."""

    TYPE: ClassVar[str] = "media.AudioDeleted"
    KEY: ClassVar[str] = "track_id"
    track_id: str
    user_id: str
    """Who deleted it."""
