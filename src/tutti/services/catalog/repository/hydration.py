"""The wide half of a list: whole rows for the ids of one page, in a number of statements that does not grow with it."""

from collections.abc import Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection
from sqlalchemy.sql import ColumnElement

from tutti.services.catalog.api import (
    AlbumSummary,
    ArtistRef,
    ArtistSummary,
    Cover,
    Genre,
    ReplayGain,
    Track,
    Viewer,
)
from tutti.services.catalog.repository.constructs import given, id_list, nested
from tutti.services.catalog.repository.fetching import fetch, required_time, time, unpacked
from tutti.services.catalog.repository.visibility import Sight, in_sight
from tutti.services.catalog.tables import (
    FAILED,
    album_artists,
    album_genres,
    albums,
    artists,
    covers,
    credits_,
    genres,
    track_genres,
    tracks,
)

Counted = TypeVar("Counted", ArtistSummary, Genre)

_album_artists = (
    sa.select(album_artists.c.artist_id, album_artists.c.name)
    .where(album_artists.c.album_id == albums.c.id)
    .order_by(album_artists.c.position)
)

_ALBUMS = (
    sa.select(
        albums.c.id,
        albums.c.title,
        albums.c.artist_name,
        albums.c.year,
        albums.c.track_count,
        albums.c.duration_ms,
        albums.c.compilation,
        albums.c.play_count,
        albums.c.last_played_at,
        albums.c.rating,
        albums.c.added_at,
        nested(_album_artists, inside=albums).label("artists"),
        albums.c.cover_id,
        covers.c.blurhash,
        covers.c.palette,
    )
    .select_from(albums.outerjoin(covers, covers.c.id == albums.c.cover_id))
    .where(given(albums.c.id, "ids"))
)

_track_artists = (
    sa.select(credits_.c.artist_id, credits_.c.name)
    .where(credits_.c.track_id == tracks.c.id, credits_.c.role == "artist")
    .order_by(credits_.c.position)
)
_track_genres = (
    sa.select(genres.c.name)
    .join(track_genres, track_genres.c.genre_id == genres.c.id)
    .where(track_genres.c.track_id == tracks.c.id)
    .order_by(genres.c.sort_name)
)
_track_cover = sa.func.coalesce(tracks.c.cover_id, albums.c.cover_id)

_TRACKS = (
    sa.select(
        tracks.c.id,
        tracks.c.title,
        tracks.c.artist_name,
        tracks.c.album_id,
        albums.c.title.label("album_title"),
        tracks.c.disc_number,
        tracks.c.disc_subtitle,
        tracks.c.track_number,
        tracks.c.year,
        tracks.c.duration_ms,
        tracks.c.codec,
        tracks.c.mime,
        tracks.c.bit_rate_kbps,
        tracks.c.sample_rate_hz,
        tracks.c.bit_depth,
        tracks.c.channels,
        tracks.c.size_bytes,
        tracks.c.track_gain_db,
        tracks.c.track_peak,
        tracks.c.album_gain_db,
        tracks.c.album_peak,
        tracks.c.has_lyrics,
        tracks.c.play_count,
        tracks.c.last_played_at,
        tracks.c.added_at,
        tracks.c.present,
        tracks.c.state,
        tracks.c.uploader_id,
        nested(_track_artists, inside=tracks).label("artists"),
        nested(_track_genres, inside=tracks).label("genres"),
        _track_cover.label("cover_id"),
        covers.c.blurhash,
        covers.c.palette,
    )
    .select_from(
        tracks.outerjoin(albums, albums.c.id == tracks.c.album_id).outerjoin(covers, covers.c.id == _track_cover)
    )
    .where(given(tracks.c.id, "ids"), tracks.c.state != FAILED)
)

_ARTISTS = (
    sa.select(
        artists.c.id,
        artists.c.name,
        artists.c.album_count,
        artists.c.track_count,
        artists.c.play_count,
        artists.c.cover_id,
        covers.c.blurhash,
        covers.c.palette,
    )
    .select_from(artists.outerjoin(covers, covers.c.id == artists.c.cover_id))
    .where(given(artists.c.id, "ids"))
)

_GENRES = sa.select(genres.c.id, genres.c.name, genres.c.album_count, genres.c.track_count).where(
    given(genres.c.id, "ids")
)


_present_albums = sa.and_(sa.or_(albums.c.track_count > 0, albums.c.by_hand), in_sight(albums.c.library_id))
_present_tracks = sa.and_(tracks.c.present, in_sight(tracks.c.library_id))


def _counts(
    owner: sa.Column[str], member: sa.Column[str], counted: sa.Table, present: ColumnElement[bool]
) -> sa.Select[str, int]:
    return (
        sa.select(owner, sa.func.count(sa.distinct(member)))
        .join(counted, counted.c.id == member)
        .where(given(owner, "ids"), present)
        .group_by(owner)
    )


_ARTIST_COUNTS = (
    _counts(album_artists.c.artist_id, album_artists.c.album_id, albums, _present_albums),
    _counts(credits_.c.artist_id, credits_.c.track_id, tracks, sa.and_(_present_tracks, credits_.c.role == "artist")),
)
_GENRE_COUNTS = (
    _counts(album_genres.c.genre_id, album_genres.c.album_id, albums, _present_albums),
    _counts(track_genres.c.genre_id, track_genres.c.track_id, tracks, _present_tracks),
)


def album_summaries(db: Connection, ids: Sequence[str]) -> list[AlbumSummary]:
    """Return the albums, in the order of ``ids``; one statement."""
    found = {row[0]: _album(row) for row in fetch(db, _ALBUMS, {"ids": id_list(ids)})}
    return [found[id_] for id_ in ids if id_ in found]


def track_items(db: Connection, ids: Sequence[str], viewer: Viewer) -> list[Track]:
    """Return the tracks as ``viewer`` is shown them, in the order of ``ids``; one statement."""
    found = {row[0]: _track(row, viewer) for row in fetch(db, _TRACKS, {"ids": id_list(ids)})}
    return [found[id_] for id_ in ids if id_ in found]


def artist_summaries(db: Connection, ids: Sequence[str], sight: Sight) -> list[ArtistSummary]:
    """Return the artists, in the order of ``ids``, with counts of what is in sight; one statement if that is all."""
    asked = {"ids": id_list(ids)}
    found = {row[0]: _artist(row) for row in fetch(db, _ARTISTS, asked)}
    if sight.viewer_id is not None:
        _recount(db, found, _ARTIST_COUNTS, {**asked, **sight.parameters})
    return [found[id_] for id_ in ids if id_ in found]


def genre_items(db: Connection, ids: Sequence[str], sight: Sight) -> list[Genre]:
    """Return the genres, in the order of ``ids``, with counts of what is in sight; one statement if that is all."""
    asked = {"ids": id_list(ids)}
    found = {row[0]: Genre(*row) for row in fetch(db, _GENRES, asked)}
    if sight.viewer_id is not None:
        _recount(db, found, _GENRE_COUNTS, {**asked, **sight.parameters})
    return [found[id_] for id_ in ids if id_ in found]


def _recount(
    db: Connection, found: dict[str, Counted], counts: Sequence[sa.Select[str, int]], parameters: dict[str, str]
) -> None:
    of_albums, of_tracks = (dict(db.execute(count, parameters).all()) for count in counts)
    for id_, item in found.items():
        found[id_] = replace(item, album_count=of_albums.get(id_, 0), track_count=of_tracks.get(id_, 0))


def _refs(stored: Any) -> list[ArtistRef]:
    return [ArtistRef(artist_id, name) for artist_id, name in unpacked(stored) or ()]


def _cover(id_: str | None, blurhash: str | None, palette: list[str] | None) -> Cover | None:
    return Cover(id_, blurhash, unpacked(palette) or []) if id_ else None


def _album(row: Sequence[Any]) -> AlbumSummary:
    id_, title, artist_name, year, tracks_, duration_ms, compilation, plays, played_at, rating, added_at = row[:11]
    return AlbumSummary(
        id=id_,
        title=title,
        artists=_refs(row[11]),
        artist_name=artist_name,
        year=year or None,
        cover=_cover(*row[12:15]),
        track_count=tracks_,
        duration_ms=duration_ms,
        compilation=bool(compilation),
        play_count=plays,
        last_played_at=time(played_at),
        rating=rating or None,
        added_at=required_time(added_at),
    )


def _artist(row: Sequence[Any]) -> ArtistSummary:
    id_, name, album_count, track_count, play_count, *cover = row
    return ArtistSummary(id_, name, _cover(*cover), album_count, track_count, play_count)


def _track(row: Sequence[Any], viewer: Viewer) -> Track:
    id_, title, artist_name, album_id, album_title, disc, subtitle, number, year = row[:9]
    duration_ms, codec, mime, bit_rate, sample_rate, bit_depth, channels, size_bytes = row[9:17]
    lyrics, plays, played_at, added_at, present, state, uploader_id = row[21:28]
    return Track(
        id=id_,
        title=title,
        artists=_refs(row[28]),
        artist_name=artist_name,
        album_id=album_id,
        album_title=album_title,
        disc_number=disc,
        disc_subtitle=subtitle,
        track_number=number,
        year=year or None,
        genres=[name for (name,) in unpacked(row[29]) or ()],
        cover=_cover(*row[30:33]),
        duration_ms=duration_ms,
        codec=codec,
        mime=mime,
        bit_rate_kbps=bit_rate,
        sample_rate_hz=sample_rate,
        bit_depth=bit_depth,
        channels=channels,
        size_bytes=size_bytes,
        replay_gain=ReplayGain(*row[17:21]),
        has_lyrics=bool(lyrics),
        play_count=plays,
        last_played_at=time(played_at),
        added_at=required_time(added_at),
        present=bool(present),
        state=state,
        uploader_id=uploader_id if viewer.is_admin or uploader_id == viewer.user_id else None,
    )
