"""The catalogue's types, as they stand on the wire."""

from datetime import datetime
from typing import Literal

import msgspec


class Viewer(msgspec.Struct, frozen=True):
    """Who looks at the catalogue."""

    user_id: str
    is_admin: bool


class ArtistRef(msgspec.Struct, frozen=True, rename="camel"):
    """An artist as credited: the name may differ from the artist's own."""

    id: str
    name: str


class Cover(msgspec.Struct, frozen=True, rename="camel"):
    """Cover art: ask ``GET /covers/{id}?size=``; the rest is for the time until it is there."""

    id: str
    blurhash: str | None
    palette: list[str]
    """Hex colours, dominant first; empty until the cover has been looked at."""


class ReplayGain(msgspec.Struct, frozen=True, rename="camel"):
    """Loudness by the ReplayGain 2.0 reference (-18 LUFS)."""

    track_gain_db: float | None
    track_peak: float | None
    album_gain_db: float | None
    album_peak: float | None


class Track(msgspec.Struct, frozen=True, rename="camel"):
    """A track as lists and queues show it."""

    id: str
    title: str
    artists: list[ArtistRef]
    artist_name: str
    album_id: str | None
    album_title: str | None
    disc_number: int
    disc_subtitle: str | None
    track_number: int
    year: int | None
    genres: list[str]
    cover: Cover | None
    duration_ms: int
    codec: str
    mime: str
    bit_rate_kbps: int
    sample_rate_hz: int
    bit_depth: int | None
    channels: int
    size_bytes: int
    replay_gain: ReplayGain
    has_lyrics: bool
    play_count: int
    last_played_at: datetime | None
    added_at: datetime
    present: bool
    """False: its file is missing, or it is not ready yet, and it cannot be played."""
    state: Literal["ready", "processing"]
    """An upload is ``processing``, and seen by its uploader alone, until it can be heard."""
    uploader_id: str | None
    """Who uploaded it; only for themselves and for admins."""


class Credit(msgspec.Struct, frozen=True, rename="camel"):
    """An artist and a role on a track."""

    artist: ArtistRef
    role: str
    detail: str | None


class TrackDetail(Track, frozen=True, rename="camel"):
    """A track with everything known of it."""

    credits: list[Credit]
    album_artists: list[ArtistRef]
    track_total: int | None
    disc_total: int | None
    date: str | None
    original_date: str | None
    bpm: float | None
    comment: str | None
    isrcs: list[str]
    mbid_recording: str | None
    mbid_track: str | None
    library_id: str | None
    path: str | None
    """Relative to its library; only for admins."""
    overridden: list[str]
    """Fields set by hand, which scans leave alone; only for admins."""


class AlbumSummary(msgspec.Struct, frozen=True, rename="camel"):
    """An album as grids show it."""

    id: str
    title: str
    artists: list[ArtistRef]
    artist_name: str
    year: int | None
    cover: Cover | None
    track_count: int
    duration_ms: int
    compilation: bool
    play_count: int
    last_played_at: datetime | None
    rating: float | None
    added_at: datetime


class Disc(msgspec.Struct, frozen=True, rename="camel"):
    """One disc of an album."""

    number: int
    subtitle: str | None
    tracks: list[Track]


class Album(AlbumSummary, frozen=True, rename="camel"):
    """An album with its discs."""

    discs: list[Disc]
    genres: list[str]
    date: str | None
    original_date: str | None
    labels: list[str]
    catalog_number: str | None
    barcode: str | None
    mbid_release: str | None
    mbid_release_group: str | None
    size_bytes: int
    library_id: str | None
    overridden: list[str]


class ArtistSummary(msgspec.Struct, frozen=True, rename="camel"):
    """An artist as lists show it."""

    id: str
    name: str
    cover: Cover | None
    album_count: int
    track_count: int
    play_count: int


class Artist(ArtistSummary, frozen=True, rename="camel"):
    """An artist's page."""

    sort_name: str
    mbid: str | None
    biography: str | None
    albums: list[AlbumSummary]
    """Where they are the album artist, newest first."""
    appears_on: list[AlbumSummary]
    top_tracks: list[Track]
    overridden: list[str]


class Genre(msgspec.Struct, frozen=True, rename="camel"):
    """A genre and how much there is of it."""

    id: str
    name: str
    album_count: int
    track_count: int


class LyricsLine(msgspec.Struct, frozen=True, rename="camel"):
    """A line and when it is sung."""

    start_ms: int
    text: str


class Lyrics(msgspec.Struct, frozen=True, rename="camel"):
    """A track's words; ``lines`` is empty where no times are known."""

    track_id: str
    plain: str | None
    lines: list[LyricsLine]


class FolderRef(msgspec.Struct, frozen=True, rename="camel"):
    """A folder by name; the root of a library bears the library's."""

    id: str
    name: str


class Folder(FolderRef, frozen=True, rename="camel"):
    """A folder, the way to it, and one page of what is in it: folders by name first, then tracks by file name."""

    library_id: str
    parents: list[FolderRef]
    """The root first."""
    folders: list[FolderRef]
    tracks: list[Track]
    next_cursor: str | None


class SearchResults(msgspec.Struct, frozen=True, rename="camel"):
    """What a search found, the best of each kind first; a kind not asked for is empty."""

    tracks: list[Track]
    albums: list[AlbumSummary]
    artists: list[ArtistSummary]


class ScanCounts(msgspec.Struct, frozen=True, rename="camel"):
    """How far a scan is. ``total`` grows until the walk is done (``walked``).

    The demo library is walked again each time that an album of it is whole: ``seen`` and ``total`` are those of the
    last walk, ``added`` is the sum.
    """

    seen: int = 0
    total: int = 0
    walked: bool = False
    added: int = 0
    changed: int = 0
    moved: int = 0
    missing: int = 0
    returned: int = 0
    unchanged: int = 0
    bad: int = 0
    skipped: int = 0
    composed: int = 0
    """Tracks of the demo library that are composed; one can be heard when all of its album are."""
    to_compose: int = 0
    """All tracks of the demo library; 0 where nothing is composed."""


class Scan(msgspec.Struct, frozen=True, rename="camel"):
    """One scan of a library."""

    id: str
    library_id: str
    state: Literal["running", "done", "cancelled", "failed", "interrupted"]
    full: bool
    counts: ScanCounts
    reason: str | None
    started_at: datetime
    finished_at: datetime | None


class Library(msgspec.Struct, frozen=True, rename="camel"):
    """A named folder that is read in place, or all that was uploaded."""

    id: str
    name: str
    kind: Literal["folder", "uploads"]
    path: str | None
    """Only for admins; null where there is no folder."""
    everyone: bool
    user_ids: list[str]
    """Who may see it when not everyone; only for admins."""
    watch: bool
    track_count: int
    missing_count: int
    bad_file_count: int
    last_scan: Scan | None


class Original(msgspec.Struct, frozen=True):
    """The file of a track, for whoever sends its bytes."""

    track_id: str
    path: str
    """Absolute, on this machine; empty where the bytes are in storage only."""
    size_bytes: int
    mtime_ns: int
    mime: str
    codec: str
    duration_ms: int
    bit_rate_kbps: int
    sample_rate_hz: int
    bit_depth: int | None
    channels: int
    fingerprint: str
    storage_key: str | None = None
    """Where in storage an uploaded track lies; None for a file of a library's folder."""
    digest: str | None = None
    """SHA-256 in hex of an uploaded track's bytes."""


class BadFile(msgspec.Struct, frozen=True, rename="camel"):
    """A file that a scan could not take in."""

    path: str
    """Relative to the library."""
    size_bytes: int
    reason: str
    found_at: datetime


class FolderEntry(msgspec.Struct, frozen=True, rename="camel"):
    """A folder of the machine that runs Tutti."""

    name: str
    path: str


class FolderListing(msgspec.Struct, frozen=True, rename="camel"):
    """The folders inside one; without a path, where to start."""

    path: str
    parent: str | None
    folders: list[FolderEntry]


class Purged(msgspec.Struct, frozen=True, rename="camel"):
    """How many missing tracks were given up."""

    track_count: int
