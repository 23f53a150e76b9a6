"""What a scan found out about files, in the form in which it is written."""

from typing import Any

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


class ScannedFile(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One file, read. ``columns`` are those of its track."""

    path: str
    size_bytes: int
    mtime_ns: int
    lyrics_stamp: str | None
    fingerprint: str
    columns: dict[str, Any]
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
