"""The narrow half of a list: the ids of one page, by a range scan of the index that covers its order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from msgspec import Meta
from sqlalchemy import Connection
from sqlalchemy.sql import ColumnElement, Select

from tutti.kit.db import UtcTime
from tutti.services.catalog.repository.constructs import unindexed
from tutti.services.catalog.repository.fetching import fetch, required_time
from tutti.services.catalog.repository.visibility import Sight, artist_in_sight, in_sight
from tutti.services.catalog.tables import PROCESSING as TRACK_PROCESSING
from tutti.services.catalog.tables import (
    album_artists,
    album_genres,
    albums,
    artists,
    credits_,
    genres,
    track_genres,
    tracks,
)

KeyPart = str | int | float | datetime
Columns = tuple[sa.Column[Any], ...]


@dataclass(frozen=True, eq=False)
class Listing:
    """A kind of list: what is listed, in which orders, and what narrows it, by the name of its parameter."""

    shown: ColumnElement[bool] | None
    """Always a condition, where there is one."""
    orders: Mapping[str, Columns]
    """All columns of an order run the same way and hold no NULL; the last is the id."""
    conditions: Mapping[str, ColumnElement[bool]]

    def key_types(self, sort: str) -> list[Any]:
        """What each part of a position in this order may be, so that an altered cursor is no error of the database."""
        return [_key_type(column.type) for column in self.orders[sort]]


class Asked(msgspec.Struct, frozen=True):
    """A page of a list: its order, the conditions with their values, and the key of the row it starts after."""

    sort: str
    descending: bool
    limit: int
    filters: Mapping[str, object] = {}
    flags: tuple[str, ...] = ()
    """Conditions without a value."""
    key: Sequence[KeyPart] | None = None


class Narrowed(msgspec.Struct, frozen=True):
    """The ids of a page and the key of its last row, or None where no row follows."""

    ids: list[str]
    next_key: tuple[KeyPart, ...] | None


def narrow(db: Connection, listing: Listing, asked: Asked, sight: Sight) -> Narrowed:
    """Return the ids of a page; one statement."""
    values = {**asked.filters, **sight.parameters}
    resumed = {f"key_{n}": part for n, part in enumerate(asked.key or ())}
    conditions = tuple(sorted((*values, *asked.flags)))
    statement = page_statement(listing, asked.sort, asked.descending, conditions, bool(resumed))
    rows = fetch(db, statement, {**values, **resumed, "rows": asked.limit + 1})
    shown = rows[: asked.limit]
    more = len(rows) > asked.limit
    return Narrowed([row[-1] for row in shown], _key(listing.orders[asked.sort], shown[-1]) if more else None)


def _key(columns: Columns, row: Sequence[Any]) -> tuple[KeyPart, ...]:
    parts = zip(columns, row, strict=True)
    return tuple(required_time(part) if isinstance(column.type, UtcTime) else part for column, part in parts)


@lru_cache(maxsize=1024)
def page_statement(
    listing: Listing, sort: str, descending: bool, conditions: tuple[str, ...], resumed: bool
) -> Select[Any]:
    """Build the statement of a page once for each shape: a statement that is used again needs no new cache key."""
    columns = listing.orders[sort]
    statement = sa.select(*columns).where(*(listing.conditions[name] for name in conditions))
    if listing.shown is not None:
        statement = statement.where(listing.shown)
    if resumed:
        at = sa.tuple_(*columns)
        key = sa.tuple_(*(sa.bindparam(f"key_{n}", type_=column.type) for n, column in enumerate(columns)))
        statement = statement.where(at < key if descending else at > key)
    ordered = statement.order_by(*(c.desc() if descending else c.asc() for c in columns))
    return ordered.limit(sa.bindparam("rows", type_=sa.Integer))


def _key_type(column: sa.types.TypeEngine[Any]) -> Any:
    if column is albums.c.id.type:
        return UUID
    if isinstance(column, UtcTime):
        return Annotated[datetime, Meta(tz=True)]
    if isinstance(column, sa.BigInteger):
        return Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
    if isinstance(column, sa.Integer):
        return Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
    return float if isinstance(column, sa.Float) else Annotated[str, Meta(pattern=r"^[^\x00]*$")]


def _given_id(name: str) -> sa.BindParameter[str]:
    return sa.bindparam(name, type_=albums.c.id.type)


def _years(year: sa.Column[int]) -> dict[str, ColumnElement[bool]]:
    return {
        "year_from": year >= sa.bindparam("year_from", type_=sa.Integer),
        "year_to": year.between(1, sa.bindparam("year_to", type_=sa.Integer)),  # 0: not known
    }


_albums_of_genre = sa.select(album_genres.c.album_id).where(album_genres.c.genre_id == _given_id("genre"))
_albums_of_wide_genre = sa.select(album_genres.c.album_id).where(album_genres.c.genre_id == _given_id("wide_genre"))
_albums_of_artist = sa.select(album_artists.c.album_id).where(album_artists.c.artist_id == _given_id("artist"))
_albums_with_artist = (
    sa.select(tracks.c.album_id)
    .join(credits_, credits_.c.track_id == tracks.c.id)
    .where(credits_.c.artist_id == _given_id("appears"), tracks.c.present)
)
_albums_by_artist = sa.select(album_artists.c.album_id).where(album_artists.c.artist_id == _given_id("appears"))

ALBUMS = Listing(
    shown=sa.or_(albums.c.track_count > 0, albums.c.by_hand),
    orders={
        "title": (albums.c.sort_title, albums.c.id),
        "artist": (albums.c.sort_artist, albums.c.year, albums.c.sort_title, albums.c.id),
        "year": (albums.c.year, albums.c.sort_title, albums.c.id),
        "added": (albums.c.added_at, albums.c.id),
        "played": (albums.c.play_count, albums.c.id),
        "rating": (albums.c.rating, albums.c.id),
    },
    conditions={
        "genre": albums.c.id.in_(_albums_of_genre),
        "wide_genre": unindexed(albums.c.id).in_(_albums_of_wide_genre),
        "artist": albums.c.id.in_(_albums_of_artist),
        "appears": sa.and_(albums.c.id.in_(_albums_with_artist), albums.c.id.not_in(_albums_by_artist)),
        "library": albums.c.library_id == _given_id("library"),
        "compilation": albums.c.compilation == sa.bindparam("compilation", type_=sa.Boolean),
        "in_sight": in_sight(albums.c.library_id),
        **_years(albums.c.year),
    },
)

_tracks_of_genre = sa.select(track_genres.c.track_id).where(track_genres.c.genre_id == _given_id("genre"))
_tracks_of_wide_genre = sa.select(track_genres.c.track_id).where(track_genres.c.genre_id == _given_id("wide_genre"))
_tracks_of_artist = sa.select(credits_.c.track_id).where(credits_.c.artist_id == _given_id("artist"))

TRACKS = Listing(
    shown=tracks.c.present,
    orders={
        "title": (tracks.c.sort_title, tracks.c.id),
        "artist": (
            tracks.c.sort_artist,
            tracks.c.sort_album,
            tracks.c.disc_number,
            tracks.c.track_number,
            tracks.c.id,
        ),
        "album": (tracks.c.sort_album, tracks.c.disc_number, tracks.c.track_number, tracks.c.id),
        "year": (tracks.c.year, tracks.c.sort_title, tracks.c.id),
        "added": (tracks.c.added_at, tracks.c.id),
        "played": (tracks.c.play_count, tracks.c.id),
        "duration": (tracks.c.duration_ms, tracks.c.id),
        "rating": (tracks.c.rating, tracks.c.id),
    },
    conditions={
        "genre": tracks.c.id.in_(_tracks_of_genre),
        "wide_genre": unindexed(tracks.c.id).in_(_tracks_of_wide_genre),
        "artist": tracks.c.id.in_(_tracks_of_artist),
        "album": tracks.c.album_id == _given_id("album"),
        "library": tracks.c.library_id == _given_id("library"),
        "in_sight": in_sight(tracks.c.library_id),
        **_years(tracks.c.year),
    },
)

# Few, and all of them in the index of uploads. What is in sight of whoever is no admin is their own.
PROCESSING = Listing(
    shown=sa.and_(tracks.c.uploader_id.is_not(None), tracks.c.state == TRACK_PROCESSING),
    orders=TRACKS.orders,
    conditions={
        **TRACKS.conditions,
        "in_sight": tracks.c.uploader_id == sa.bindparam("in_sight", type_=tracks.c.uploader_id.type),
    },
)

_has_role = sa.exists().where(
    credits_.c.artist_id == artists.c.id,
    credits_.c.role == sa.bindparam("role", type_=sa.String),
    tracks.c.id == credits_.c.track_id,
    tracks.c.present,
)

ARTISTS = Listing(
    shown=None,
    orders={
        "name": (artists.c.sort_name, artists.c.id),
        "added": (artists.c.added_at, artists.c.id),
        "albums": (artists.c.album_count, artists.c.id),
        "tracks": (artists.c.track_count, artists.c.id),
        "played": (artists.c.play_count, artists.c.id),
    },
    conditions={
        "album_artist": sa.or_(artists.c.album_count > 0, artists.c.by_hand),
        "anyone": sa.or_(artists.c.album_count > 0, artists.c.track_count > 0, artists.c.by_hand),
        "role": _has_role,
        "in_sight": artist_in_sight(),
    },
)

GENRES = Listing(
    shown=sa.or_(genres.c.track_count > 0, genres.c.by_hand),
    orders={"name": (genres.c.sort_name, genres.c.id), "tracks": (genres.c.track_count, genres.c.id)},
    conditions={},
)
