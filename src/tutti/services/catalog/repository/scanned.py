"""What a scan found out about files, in the form in which it is written."""

import msgspec


class ScannedArtist(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A name with its keys; ``sort_name`` and ``mbid`` only where tagged. ``role`` is empty for an album's artist."""

    name: str
    name_key: str
    sort_key: str
    role: str = ""
    detail: str | None = None
    sort_name: str | None = None
    mbid: str | None = None


class ScannedName(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A genre with its keys."""

    name: str
    name_key: str
    sort_key: str


class AlbumTags(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What one file says of its album; kept with the file, so that an album is derived from all of them."""

    title: str
    sort_title: str
    artists: tuple[ScannedArtist, ...]
    by_album_artist: bool
    """Whether ``artists`` are those tagged as the album's; else they are the track's."""
    year: int = 0
    date: str | None = None
    original_date: str | None = None
    compilation: bool = False
    labels: tuple[str, ...] = ()
    catalog_number: str | None = None
    barcode: str | None = None
    mbid_release: str | None = None
    mbid_release_group: str | None = None
    cover_id: str | None = None


class ScannedCover(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A cover and where it lies: in the tags of the file ``path``, or as that file. Relative to the library."""

    id: str
    path: str
    embedded: bool


class ScannedLyrics(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Words; ``synced`` holds pairs of a time in ms and a line."""

    plain: str | None
    synced: list[tuple[int, str]]


class TrackColumns(msgspec.Struct, frozen=True, kw_only=True, gc=False, array_like=True):
    """What a file says of its track, by the columns that hold it."""

    title: str
    sort_title: str
    artist_name: str
    sort_artist: str
    sort_album: str
    disc_number: int
    disc_total: int | None
    disc_subtitle: str | None
    track_number: int
    track_total: int | None
    year: int
    date: str | None
    original_date: str | None
    duration_ms: int
    codec: str
    mime: str
    bit_rate_kbps: int
    sample_rate_hz: int
    bit_depth: int | None
    channels: int
    size_bytes: int
    track_gain_db: float | None
    track_peak: float | None
    album_gain_db: float | None
    album_peak: float | None
    bpm: float | None
    comment: str | None
    isrcs: list[str]
    mbid_recording: str | None
    mbid_track: str | None
    has_lyrics: bool
    cover_id: str | None


class ScannedFile(msgspec.Struct, frozen=True, kw_only=True, gc=False, array_like=True):
    """One file, read."""

    path: str
    size_bytes: int
    mtime_ns: int
    lyrics_stamp: str | None
    fingerprint: str
    columns: TrackColumns
    credits: list[ScannedArtist]
    genres: list[ScannedName]
    album_key: str | None
    """Without the library."""
    album: AlbumTags | None
    lyrics: ScannedLyrics | None
    cover: ScannedCover | None
    search_body: str
    """Folded, as `search.index_bodies` wants it."""

    @property
    def folder(self) -> str:
        """Path of the folder that holds it."""
        return self.path.rpartition("/")[0]


class BadFile(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file that cannot be taken in, and why."""

    path: str
    size_bytes: int
    mtime_ns: int
    reason: str
