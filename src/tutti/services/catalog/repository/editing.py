"""Fields of artists, albums, tracks and genres, read and written one entity at a time, by name."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.ids import new_id
from tutti.services.catalog.repository.constructs import given, id_list
from tutti.services.catalog.repository.overrides import (
    Fields,
    Kind,
    Override,
    find_overrides,
    remove_override,
    set_override,
)
from tutti.services.catalog.repository.search import reindex
from tutti.services.catalog.repository.statistics import recompute
from tutti.services.catalog.tables import (
    READY,
    album_artists,
    album_genres,
    albums,
    artist_aliases,
    artist_libraries,
    artists,
    credits_,
    genres,
    libraries,
    track_genres,
    tracks,
)

TABLES: Mapping[Kind, sa.Table] = {"artist": artists, "album": albums, "track": tracks, "genre": genres}
LINKS = ("artists", "genres")
"""Fields that are not columns: names of others."""


class Named(msgspec.Struct, frozen=True):
    """A name with its keys, as an artist or a genre is found or made by it."""

    name: str
    name_key: str
    sort_key: str


class State(msgspec.Struct, frozen=True):
    """Fields of one entity as they are, and what was set by hand."""

    fields: Fields
    overrides: dict[str, Override]


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """What to write of one entity, and which overrides to keep and to take back."""

    columns: Fields
    artists: list[Named] | None
    genres: list[Named] | None
    kept: dict[str, Override]
    taken_back: list[str]
    user_id: str
    at: datetime


class Reached(msgspec.Struct, frozen=True):
    """Whom to tell of an edit: the tracks with their libraries, and libraries whose lists changed."""

    tracks: dict[str, str | None]
    library_ids: set[str]


class Touched(msgspec.Struct, frozen=True):
    """What an edit reaches: to be counted and indexed again, and told."""

    track_ids: set[str] = msgspec.field(default_factory=set[str])
    album_ids: set[str] = msgspec.field(default_factory=set[str])
    artist_ids: set[str] = msgspec.field(default_factory=set[str])
    genre_ids: set[str] = msgspec.field(default_factory=set[str])

    def join(self, other: "Touched") -> None:
        """Add what another edit reached."""
        self.track_ids.update(other.track_ids)
        self.album_ids.update(other.album_ids)
        self.artist_ids.update(other.artist_ids)
        self.genre_ids.update(other.genre_ids)


def read_state(db: Connection, kind: Kind, entity_id: str, names: Sequence[str]) -> State | None:
    """Return fields of one entity and what was set by hand; None where there is no such entity."""
    columns = [name for name in names if name not in LINKS]
    table = TABLES[kind]
    row = db.execute(sa.select(table.c.id, *(table.c[name] for name in columns)).where(table.c.id == entity_id)).first()
    if row is None:
        return None
    fields: Fields = dict(zip(columns, row[1:], strict=True))
    fields |= {name: _linked_names(db, kind, entity_id, name) for name in names if name in LINKS}
    return State(fields, find_overrides(db, kind, entity_id))


def apply_edit(db: Connection, kind: Kind, entity_id: str, edit: Edit) -> Touched:
    """Carry an edit out, count again and index what it reaches, and return that."""
    touched = find_touched(db, kind, entity_id)
    if edit.columns:
        write_columns(db, kind, entity_id, edit.columns, edit.at)
    if edit.artists is not None:
        set_artists(db, kind, entity_id, edit.artists, edit.at)
    if edit.genres is not None:
        set_genres(db, kind, entity_id, edit.genres)
    for field, override in edit.kept.items():
        set_override(db, kind, entity_id, field, override, edit.user_id, edit.at)
    for field in edit.taken_back:
        remove_override(db, kind, entity_id, field)
    touched.join(find_touched(db, kind, entity_id))
    settle(db, touched)
    return touched


def settle(db: Connection, touched: Touched) -> None:
    """Bring counts and search up to date with what an edit reached."""
    recompute(db, sorted(touched.album_ids), sorted(touched.artist_ids), sorted(touched.genre_ids))
    reindex(
        db,
        track_ids=sorted(touched.track_ids),
        album_ids=sorted(touched.album_ids),
        artist_ids=sorted(touched.artist_ids),
    )


def write_columns(db: Connection, kind: Kind, entity_id: str, columns: Fields, at: datetime) -> None:
    """Write columns of one entity; an album's sort title is its tracks' too."""
    table = TABLES[kind]
    values = columns if kind == "genre" else {**columns, "updated_at": at}
    db.execute(sa.update(table).where(table.c.id == entity_id).values(values))
    if kind == "album" and "sort_title" in columns:
        of_album = tracks.c.album_id == entity_id
        db.execute(sa.update(tracks).where(of_album).values(sort_album=columns["sort_title"]))


def set_artists(db: Connection, kind: Kind, entity_id: str, names: Sequence[Named], at: datetime) -> None:
    """Credit an album or a track to the named artists, in this order; unknown ones are made."""
    rows = [
        {"position": position, "artist_id": name_artist(db, named, at), "name": named.name}
        for position, named in enumerate(names)
    ]
    if kind == "album":
        db.execute(sa.delete(album_artists).where(album_artists.c.album_id == entity_id))
        _insert(db, album_artists, [{**row, "album_id": entity_id} for row in rows])
    else:
        db.execute(sa.delete(credits_).where(credits_.c.track_id == entity_id, credits_.c.role == "artist"))
        credited = {"track_id": entity_id, "role": "artist", "detail": None}
        _insert(db, credits_, [{**row, **credited} for row in rows])


def set_genres(db: Connection, kind: Kind, entity_id: str, names: Sequence[Named]) -> None:
    """Put an album or a track in the named genres; unknown ones are made."""
    links, owner = _genre_links(kind)
    db.execute(sa.delete(links).where(owner == entity_id))
    ids = dict.fromkeys(name_genre(db, named) for named in names)
    _insert(db, links, [{owner.name: entity_id, "genre_id": id_} for id_ in ids])


def name_artist(db: Connection, named: Named, at: datetime, *, by_hand: bool = False) -> str:
    """Return the artist of this name: whom a merged name means now, else who bears it, else a new one."""
    known = db.scalar(sa.select(artist_aliases.c.artist_id).where(artist_aliases.c.name_key == named.name_key))
    known = known or db.scalar(sa.select(artists.c.id).where(artists.c.name_key == named.name_key))
    if known is not None:
        return known
    made = {"id": new_id(), "name": named.name, "name_key": named.name_key, "sort_name": named.sort_key}
    db.execute(sa.insert(artists).values(**made, by_hand=by_hand, added_at=at, updated_at=at))
    return made["id"]


def name_genre(db: Connection, named: Named, *, by_hand: bool = False) -> str:
    """Return the genre of this name, else a new one."""
    known = db.scalar(sa.select(genres.c.id).where(genres.c.name_key == named.name_key))
    if known is not None:
        return known
    made = {"id": new_id(), "name": named.name, "name_key": named.name_key, "sort_name": named.sort_key}
    db.execute(sa.insert(genres).values(**made, by_hand=by_hand))
    return made["id"]


def find_touched(db: Connection, kind: Kind, entity_id: str) -> Touched:
    """Return what is bound to one entity; of an artist or a genre, which may be huge, that is itself alone."""
    if kind == "artist":
        return Touched(artist_ids={entity_id})
    if kind == "genre":
        return Touched(genre_ids={entity_id})
    of_tracks = tracks.c.id == entity_id if kind == "track" else tracks.c.album_id == entity_id
    rows = db.execute(sa.select(tracks.c.id, tracks.c.album_id).where(of_tracks)).all()
    album_ids = {entity_id} if kind == "album" else {album_id for _, album_id in rows if album_id}
    within = sa.select(tracks.c.id).where(of_tracks)
    credited = sa.select(credits_.c.artist_id).where(credits_.c.track_id.in_(within))
    leading = sa.select(album_artists.c.artist_id).where(album_artists.c.album_id.in_(album_ids))
    of_genre = sa.select(track_genres.c.genre_id).where(track_genres.c.track_id.in_(within))
    of_album = sa.select(album_genres.c.genre_id).where(album_genres.c.album_id.in_(album_ids))
    return Touched(
        track_ids={id_ for id_, _ in rows},
        album_ids=album_ids,
        artist_ids=set(db.scalars(sa.union(credited, leading))),
        genre_ids=set(db.scalars(sa.union(of_genre, of_album))),
    )


def find_reached(
    db: Connection, kind: Kind, entity_id: str, track_ids: Iterable[str], *, unready: bool = False
) -> Reached:
    """Return the tracks with their libraries, and every library in which the entity is to be seen.

    Uploads that are not ready are left out unless asked for (``unready``): nobody was told of them yet.
    """
    of_tracks = sa.select(tracks.c.id, tracks.c.library_id).where(given(tracks.c.id, "ids"))
    if not unready:
        of_tracks = of_tracks.where(tracks.c.state == READY)
    found = dict(db.execute(of_tracks, {"ids": id_list(track_ids)}).all())
    seen_in: sa.Select[str] | None = None
    if kind == "artist":
        seen_in = sa.select(artist_libraries.c.library_id).where(artist_libraries.c.artist_id == entity_id)
    elif kind == "genre":
        seen_in = sa.select(libraries.c.id)
    elif kind == "album":
        seen_in = sa.select(albums.c.library_id).where(albums.c.id == entity_id, albums.c.library_id.is_not(None))
    shown = set(db.scalars(seen_in)) if seen_in is not None else set[str]()
    return Reached(found, shown | {library_id for library_id in found.values() if library_id})


def _linked_names(db: Connection, kind: Kind, entity_id: str, field: str) -> list[str]:
    if field == "genres":
        links, owner = _genre_links(kind)
        statement = sa.select(genres.c.name).join(links, links.c.genre_id == genres.c.id).where(owner == entity_id)
        return list(db.scalars(statement.order_by(genres.c.sort_name)))
    if kind == "album":
        of_album = album_artists.c.album_id == entity_id
        return list(db.scalars(sa.select(album_artists.c.name).where(of_album).order_by(album_artists.c.position)))
    of_track = sa.and_(credits_.c.track_id == entity_id, credits_.c.role == "artist")
    return list(db.scalars(sa.select(credits_.c.name).where(of_track).order_by(credits_.c.position)))


def _insert(db: Connection, table: sa.Table, rows: list[Fields]) -> None:
    if rows:
        db.execute(sa.insert(table), rows)


def _genre_links(kind: Kind) -> tuple[sa.Table, sa.Column[Any]]:
    if kind == "album":
        return album_genres, album_genres.c.album_id
    return track_genres, track_genres.c.track_id
