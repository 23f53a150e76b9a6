"""Counts kept beside what they count, so that lists can sort by them."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.sql import ColumnElement

from tutti.services.catalog.repository.constructs import given, id_list
from tutti.services.catalog.tables import (
    album_artists,
    album_genres,
    albums,
    artist_libraries,
    artists,
    credits_,
    genres,
    overrides,
    track_genres,
    tracks,
)

_of_album = sa.and_(tracks.c.album_id == albums.c.id, tracks.c.present)


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    return sa.select(sa.cast(sa.func.coalesce(sa.func.sum(column), 0), column.type)).where(_of_album).scalar_subquery()


_COUNT_ALBUMS = (
    sa.update(albums)
    .where(given(albums.c.id, "ids"))
    .values(
        track_count=sa.select(sa.func.count()).where(_of_album).scalar_subquery(),
        disc_count=sa.select(sa.func.count(sa.distinct(tracks.c.disc_number))).where(_of_album).scalar_subquery(),
        duration_ms=_sum(tracks.c.duration_ms),
        size_bytes=_sum(tracks.c.size_bytes),
    )
)

_listed_album = sa.or_(albums.c.track_count > 0, albums.c.by_hand)
_ALBUMS_OF_ARTIST = (
    sa.select(sa.func.count(sa.distinct(albums.c.id)))
    .join(album_artists, album_artists.c.album_id == albums.c.id)
    .where(album_artists.c.artist_id == artists.c.id, _listed_album)
)
_TRACKS_OF_ARTIST = (
    sa.select(sa.func.count(sa.distinct(tracks.c.id)))
    .join(credits_, credits_.c.track_id == tracks.c.id)
    .where(credits_.c.artist_id == artists.c.id, credits_.c.role == "artist", tracks.c.present)
)
_COUNT_ARTISTS = (
    sa.update(artists)
    .where(given(artists.c.id, "ids"))
    .values(album_count=_ALBUMS_OF_ARTIST.scalar_subquery(), track_count=_TRACKS_OF_ARTIST.scalar_subquery())
)

# Where an artist is to be seen: every role counts, and an album's artist need not be on any of its tracks.
_appearances = sa.union(
    sa.select(credits_.c.artist_id, tracks.c.library_id, tracks.c.id)
    .join(tracks, tracks.c.id == credits_.c.track_id)
    .where(given(credits_.c.artist_id, "ids"), tracks.c.present, tracks.c.library_id.is_not(None)),
    sa.select(album_artists.c.artist_id, tracks.c.library_id, tracks.c.id)
    .join(tracks, tracks.c.album_id == album_artists.c.album_id)
    .where(given(album_artists.c.artist_id, "ids"), tracks.c.present, tracks.c.library_id.is_not(None)),
).subquery("appearances")
_FIND_ARTISTS = sa.insert(artist_libraries).from_select(
    ["artist_id", "library_id", "track_count"],
    sa.select(_appearances.c.artist_id, _appearances.c.library_id, sa.func.count()).group_by(
        _appearances.c.artist_id, _appearances.c.library_id
    ),
)
_FORGET_ARTISTS = sa.delete(artist_libraries).where(given(artist_libraries.c.artist_id, "ids"))

_ALBUMS_OF_GENRE = (
    sa.select(sa.func.count())
    .select_from(album_genres.join(albums, albums.c.id == album_genres.c.album_id))
    .where(album_genres.c.genre_id == genres.c.id, _listed_album)
)
_TRACKS_OF_GENRE = (
    sa.select(sa.func.count())
    .select_from(track_genres.join(tracks, tracks.c.id == track_genres.c.track_id))
    .where(track_genres.c.genre_id == genres.c.id, tracks.c.present)
)
_COUNT_GENRES = (
    sa.update(genres)
    .where(given(genres.c.id, "ids"))
    .values(album_count=_ALBUMS_OF_GENRE.scalar_subquery(), track_count=_TRACKS_OF_GENRE.scalar_subquery())
)

# Genres of an album are those of its tracks, unless they were set by hand or there is no track to ask.
_derived = sa.and_(
    given(album_genres.c.album_id, "ids"),
    sa.not_(
        sa.exists().where(
            overrides.c.kind == "album",
            overrides.c.field == "genres",
            overrides.c.entity_id == album_genres.c.album_id,
        )
    ),
    sa.exists().where(tracks.c.album_id == album_genres.c.album_id),
)
_FORGET_GENRES = sa.delete(album_genres).where(_derived)
_COLLECT_GENRES = sa.insert(album_genres).from_select(
    ["album_id", "genre_id"],
    sa.select(tracks.c.album_id, track_genres.c.genre_id)
    .distinct()
    .join(track_genres, track_genres.c.track_id == tracks.c.id)
    .where(
        given(tracks.c.album_id, "ids"),
        tracks.c.present,
        sa.not_(
            sa.exists().where(
                overrides.c.kind == "album",
                overrides.c.field == "genres",
                overrides.c.entity_id == tracks.c.album_id,
            )
        ),
    ),
)


def recompute(db: Connection, album_ids: Sequence[str], artist_ids: Sequence[str], genre_ids: Sequence[str]) -> None:
    """Count again what lies in the albums, artists and genres whose tracks changed; albums get their tracks' genres."""
    albums_, artists_, genres_ = ({"ids": id_list(ids)} for ids in (album_ids, artist_ids, genre_ids))
    if album_ids:
        db.execute(_COUNT_ALBUMS, albums_)
        db.execute(_FORGET_GENRES, albums_)
        db.execute(_COLLECT_GENRES, albums_)
    if artist_ids:
        db.execute(_COUNT_ARTISTS, artists_)
        db.execute(_FORGET_ARTISTS, artists_)
        db.execute(_FIND_ARTISTS, artists_)
    if genre_ids:
        db.execute(_COUNT_GENRES, genres_)
