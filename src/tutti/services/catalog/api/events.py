"""What the catalogue tells."""

from typing import ClassVar

from tutti.kit.events.event import Event


class TrackAdded(Event, frozen=True):
    """A track came into the catalogue."""

    TYPE: ClassVar[str] = "catalog.TrackAdded"
    KEY: ClassVar[str] = "track_id"
    track_id: str
    library_id: str | None


class TrackChanged(Event, frozen=True):
    """What people see of a track changed."""

    TYPE: ClassVar[str] = "catalog.TrackChanged"
    KEY: ClassVar[str] = "track_id"
    track_id: str
    library_id: str | None


class TrackMissing(Event, frozen=True):
    """The file of a track has vanished; the track waits for it."""

    TYPE: ClassVar[str] = "catalog.TrackMissing"
    KEY: ClassVar[str] = "track_id"
    track_id: str


class TrackReturned(Event, frozen=True):
    """The file of a missing track is there again, perhaps elsewhere."""

    TYPE: ClassVar[str] = "catalog.TrackReturned"
    KEY: ClassVar[str] = "track_id"
    track_id: str


class TrackDeleted(Event, frozen=True):
    """A track is gone for good."""

    TYPE: ClassVar[str] = "catalog.TrackDeleted"
    KEY: ClassVar[str] = "track_id"
    track_id: str


class ArtistsMerged(Event, frozen=True):
    """One artist was merged into another."""

    TYPE: ClassVar[str] = "catalog.ArtistsMerged"
    KEY: ClassVar[str] = "into_id"
    from_id: str
    into_id: str


class AlbumsMerged(Event, frozen=True):
    """One album was merged into another."""

    TYPE: ClassVar[str] = "catalog.AlbumsMerged"
    KEY: ClassVar[str] = "into_id"
    from_id: str
    into_id: str


class LibraryChanged(Event, frozen=True):
    """A scan or an edit changed what a library holds; lists are worth asking for again."""

    TYPE: ClassVar[str] = "catalog.LibraryChanged"
    KEY: ClassVar[str] = "library_id"
    library_id: str
