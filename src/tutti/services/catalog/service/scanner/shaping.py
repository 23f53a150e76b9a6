"""Turns what a file says into what is written: names get their keys, the album its identity. Pure; runs in workers."""

import re

from tutti.services.catalog.repository.folding import body_of
from tutti.services.catalog.repository.scanned import (
    AlbumTags,
    ScannedArtist,
    ScannedCover,
    ScannedFile,
    ScannedLyrics,
    ScannedName,
    TrackColumns,
)
from tutti.services.catalog.service.keys import name_key, sort_key
from tutti.services.catalog.service.reading.formats import mime_of
from tutti.services.catalog.service.reading.track_tags import Credited, TrackTags
from tutti.services.catalog.service.scanner.walk import FoundFile

_DISC_FOLDER = re.compile(
    r"(?:^|/)(?:cd|dis[ck]|dvd|side|vinyl|lp)[ ._-]*(?:\d{1,2}|[a-d])(?:\b[^/]*)?$", re.IGNORECASE
)
_SEPARATOR = "\x1f"
_VARIOUS = frozenset({"various artists", "various", "va", "v.a.", "verschiedene interpreten", "verschiedene"})
UNKNOWN_ARTIST = "Unknown Artist"


def shape(folder: str, found: FoundFile, tags: TrackTags, folder_cover: ScannedCover | None) -> ScannedFile:
    """Return what to write of a file in ``folder`` (relative to the library)."""
    name, size_bytes, mtime_ns, lyrics_stamp = found
    path = f"{folder}/{name}" if folder else name
    artists = [_artist(each, "artist") for each in tags.artists] or [_artist(Credited(UNKNOWN_ARTIST), "artist")]
    digest = tags.embedded_cover_digest
    cover = ScannedCover(digest, path, embedded=True) if digest else folder_cover
    album = _album(tags, cover)
    artist_name = ", ".join(artist.name for artist in artists)
    return ScannedFile(
        path=path,
        size_bytes=size_bytes,
        mtime_ns=mtime_ns,
        lyrics_stamp=lyrics_stamp,
        fingerprint=tags.audio_fingerprint,
        columns=_columns(tags, artists, artist_name, size_bytes, album, cover),
        credits=[*artists, *_others(tags)],
        genres=[ScannedName(genre, name_key(genre), sort_key(genre)) for genre in tags.genres],
        album_key=album_key(folder, tags, album) if album else None,
        album=album,
        lyrics=_lyrics(tags),
        cover=cover,
        search_body=body_of(" ".join(filter(None, (tags.title, artist_name, tags.album)))),
    )


def album_key(folder: str, tags: TrackTags, album: AlbumTags) -> str:
    """Return what makes two files the same album.

    The release's MusicBrainz id; else title and album artist. Where no album artist is named, or it is but a word for
    many, title and folder: a disc's own folder counts as the one above.
    """
    if tags.mbids.release:
        return f"mbid:{tags.mbids.release}"
    title = name_key(album.title)
    keys = [artist.name_key for artist in album.artists] if album.by_album_artist else []
    if not keys or keys[0] in _VARIOUS:
        return _SEPARATOR.join(("folder", name_key(_DISC_FOLDER.sub("", folder)), title))
    return _SEPARATOR.join(("artist", name_key("\x1e".join(keys)), title))


def _album(tags: TrackTags, cover: ScannedCover | None) -> AlbumTags | None:
    if not tags.album:
        return None
    own = tuple(_artist(each, "") for each in tags.album_artists)
    return AlbumTags(
        title=tags.album,
        sort_title=_sort(tags.album, tags.sort_album),
        artists=own or tuple(_artist(each, "") for each in tags.artists[:1]),
        by_album_artist=bool(own),
        year=_year(tags),
        date=tags.date,
        original_date=tags.original_date,
        compilation=tags.compilation,
        labels=tags.labels,
        catalog_number=tags.catalog_number,
        barcode=tags.barcode,
        mbid_release=tags.mbids.release,
        mbid_release_group=tags.mbids.release_group,
        cover_id=cover.id if cover else None,
    )


def _columns(
    tags: TrackTags,
    artists: list[ScannedArtist],
    artist_name: str,
    size_bytes: int,
    album: AlbumTags | None,
    cover: ScannedCover | None,
) -> TrackColumns:
    first, audio, gain = artists[0], tags.audio, tags.gain
    return TrackColumns(
        title=tags.title,
        sort_title=_sort(tags.title, tags.sort_title),
        artist_name=artist_name,
        sort_artist=(first.sort_name or first.sort_key) if len(artists) == 1 else sort_key(artist_name),
        sort_album=album.sort_title if album else "",
        disc_number=tags.disc_number or 1,
        disc_total=tags.disc_total,
        disc_subtitle=tags.disc_subtitle,
        track_number=tags.track_number or 0,
        track_total=tags.track_total,
        year=_year(tags),
        date=tags.date,
        original_date=tags.original_date,
        duration_ms=audio.duration_ms,
        codec=audio.codec,
        mime=mime_of(audio.container),
        bit_rate_kbps=audio.bit_rate_kbps,
        sample_rate_hz=audio.sample_rate_hz,
        bit_depth=audio.bit_depth,
        channels=audio.channels,
        size_bytes=size_bytes,
        track_gain_db=gain.track_gain_db,
        track_peak=gain.track_peak,
        album_gain_db=gain.album_gain_db,
        album_peak=gain.album_peak,
        bpm=tags.bpm,
        comment=tags.comment,
        isrcs=list(tags.isrcs),
        mbid_recording=tags.mbids.recording,
        mbid_track=tags.mbids.track,
        has_lyrics=bool(tags.lyrics or tags.synced_lyrics),
        cover_id=cover.id if cover else None,
    )


def _others(tags: TrackTags) -> list[ScannedArtist]:
    return [
        _artist(Credited(each.name, each.sort_name, each.mbid), each.role, each.instrument) for each in tags.credits
    ]


def _artist(credited: Credited, role: str, detail: str | None = None) -> ScannedArtist:
    tagged = sort_key(credited.sort_name, articles=()) if credited.sort_name else None
    return ScannedArtist(
        credited.name, name_key(credited.name), sort_key(credited.name), role, detail, tagged or None, credited.mbid
    )


def _lyrics(tags: TrackTags) -> ScannedLyrics | None:
    if not tags.lyrics and not tags.synced_lyrics:
        return None
    return ScannedLyrics(tags.lyrics, [(line.start_ms, line.text) for line in tags.synced_lyrics])


def _sort(text: str, tagged: str | None) -> str:
    return (sort_key(tagged, articles=()) if tagged else "") or sort_key(text)


def _year(tags: TrackTags) -> int:
    date = tags.original_date or tags.date
    return int(date[:4]) if date else 0
