"""Artists, albums, tracks and genres made by hand: there without any file."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.ids import new_id
from tutti.services.catalog.repository.editing import (
    TABLES,
    Named,
    Touched,
    find_touched,
    name_artist,
    name_genre,
    set_artists,
    set_genres,
    settle,
)
from tutti.services.catalog.repository.overrides import Fields, Kind
from tutti.services.catalog.tables import albums, artist_aliases, artists, genres, tracks


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What an album or a track is made of."""

    columns: Fields
    artists: Sequence[Named]
    genres: Sequence[Named]
    at: datetime


def find_by_name(db: Connection, kind: Kind, name_key: str) -> str | None:
    """Return the artist or genre that bears a name, or that a merged name means; None where there is none."""
    table = TABLES[kind]
    found = db.scalar(sa.select(table.c.id).where(table.c.name_key == name_key))
    if found is None and kind == "artist":
        found = db.scalar(sa.select(artist_aliases.c.artist_id).where(artist_aliases.c.name_key == name_key))
    return found


def insert_artist(db: Connection, name: Named, columns: Fields, at: datetime) -> str:
    """Make an artist; return the id."""
    artist_id = name_artist(db, name, at, by_hand=True)
    db.execute(sa.update(artists).where(artists.c.id == artist_id).values(by_hand=True, **columns))
    settle(db, Touched(artist_ids={artist_id}))
    return artist_id


def insert_genre(db: Connection, name: Named) -> str:
    """Make a genre; return the id."""
    genre_id = name_genre(db, name, by_hand=True)
    db.execute(sa.update(genres).where(genres.c.id == genre_id).values(by_hand=True))
    return genre_id


def insert_album(db: Connection, made: Made) -> str:
    """Make an album; return the id."""
    album_id = new_id()
    times = {"added_at": made.at, "updated_at": made.at}
    own = {"id": album_id, "library_id": None, "identity_key": f"by hand:{album_id}", "by_hand": True}
    db.execute(sa.insert(albums).values({**made.columns, **times, **own}))
    _link(db, "album", album_id, made)
    return album_id


def insert_track(db: Connection, album_id: str, made: Made) -> tuple[str, str | None]:
    """Make a track on an album, seen by whoever sees the album; return the id and the library."""
    track_id = new_id()
    album = db.execute(sa.select(albums.c.library_id, albums.c.sort_title).where(albums.c.id == album_id)).one()
    times = {"added_at": made.at, "updated_at": made.at}
    place = {"album_id": album_id, "library_id": album.library_id, "sort_album": album.sort_title}
    db.execute(sa.insert(tracks).values({**made.columns, **times, **place, "id": track_id, "by_hand": True}))
    _link(db, "track", track_id, made)
    return track_id, album.library_id


def _link(db: Connection, kind: Kind, entity_id: str, made: Made) -> None:
    set_artists(db, kind, entity_id, made.artists, made.at)
    set_genres(db, kind, entity_id, made.genres)
    settle(db, find_touched(db, kind, entity_id))
