"""One album, artist, track or genre with all that is known of it."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from msgspec.structs import asdict
from sqlalchemy import Connection
from sqlalchemy.sql import ColumnElement, Select

from tutti.services.catalog.api import Album, Artist, ArtistRef, Credit, Disc, Genre, Track, TrackDetail, Viewer
from tutti.services.catalog.repository.constructs import given, id_list
from tutti.services.catalog.repository.hydration import album_summaries, artist_summaries, genre_items, track_items
from tutti.services.catalog.repository.lists import ALBUMS, TRACKS, Asked, narrow
from tutti.services.catalog.repository.visibility import (
    Sight,
    album_announced,
    artist_announced,
    artist_in_sight,
    find_sight,
    in_sight,
    sight_of,
    track_announced,
    track_in_sight,
)
from tutti.services.catalog.tables import (
    album_artists,
    album_genres,
    albums,
    artists,
    credits_,
    files,
    genres,
    overrides,
    tracks,
)

ARTIST_PAGE_ALBUMS = 200
"""Most albums of each kind on an artist's page; ``GET /albums?artist=`` pages through all of them."""
TOP_TRACKS = 10


def find_album(db: Connection, album_id: str, viewer: Viewer) -> Album | None:
    """Return the album with its tracks, the missing ones too; None where it is not there, or not for ``viewer``."""
    sight = sight_of(viewer)
    visible = sa.and_(in_sight(albums.c.library_id), album_announced())
    row = _one(db, _seen(sa.select(albums), albums.c.id, visible, sight), album_id, sight)
    if row is None:
        return None
    summary = album_summaries(db, [album_id])[0]
    return Album(
        **asdict(summary),
        discs=_discs(track_items(db, list_album_tracks(db, album_id, sight), viewer)),
        genres=_album_genres(db, album_id),
        date=row.date,
        original_date=row.original_date,
        labels=row.labels,
        catalog_number=row.catalog_number,
        barcode=row.barcode,
        mbid_release=row.mbid_release,
        mbid_release_group=row.mbid_release_group,
        size_bytes=row.size_bytes,
        library_id=row.library_id,
        overridden=_overridden(db, "album", album_id, viewer),
    )


def find_artist(db: Connection, artist_id: str, viewer: Viewer) -> Artist | None:
    """Return the artist's page; None where there is none, or not for ``viewer``."""
    sight = find_sight(db, viewer)
    visible = artist_announced() if sight.library_ids is None else sa.and_(artist_in_sight(), artist_announced())
    row = _one(db, _seen(sa.select(artists), artists.c.id, visible, sight_of(viewer)), artist_id, sight_of(viewer))
    if row is None:
        return None
    summary = artist_summaries(db, [artist_id], sight)[0]
    own = narrow(db, ALBUMS, Asked("year", True, ARTIST_PAGE_ALBUMS, {"artist": artist_id}), sight)
    others = narrow(db, ALBUMS, Asked("year", True, ARTIST_PAGE_ALBUMS, {"appears": artist_id}), sight)
    top = narrow(db, TRACKS, Asked("played", True, TOP_TRACKS, {"artist": artist_id}), sight)
    return Artist(
        **asdict(summary),
        sort_name=row.sort_name,
        mbid=row.mbid,
        biography=row.biography,
        albums=album_summaries(db, own.ids),
        appears_on=album_summaries(db, others.ids),
        top_tracks=track_items(db, top.ids, viewer),
        overridden=_overridden(db, "artist", artist_id, viewer),
    )


def find_track(db: Connection, track_id: str, viewer: Viewer) -> TrackDetail | None:
    """Return the track; None where there is none, or not for ``viewer``."""
    sight = sight_of(viewer)
    row = _one(db, _seen(sa.select(tracks), tracks.c.id, track_in_sight(), sight), track_id, sight)
    items = track_items(db, [track_id], viewer) if row is not None else []
    if row is None or not items:
        return None
    return TrackDetail(
        **asdict(items[0]),
        credits=_credits(db, track_id),
        album_artists=_album_artists(db, row.album_id),
        track_total=row.track_total,
        disc_total=row.disc_total,
        date=row.date,
        original_date=row.original_date,
        bpm=row.bpm,
        comment=row.comment,
        isrcs=row.isrcs,
        mbid_recording=row.mbid_recording,
        mbid_track=row.mbid_track,
        library_id=row.library_id,
        path=_path(db, track_id) if viewer.is_admin else None,
        overridden=_overridden(db, "track", track_id, viewer),
    )


def find_tracks(db: Connection, track_ids: Sequence[str], viewer: Viewer) -> list[Track]:
    """Return the tracks that ``viewer`` sees, in the order asked, the missing ones too."""
    sight = sight_of(viewer)
    found = track_items(db, track_ids, viewer)
    if sight.viewer_id is None:
        return found
    statement = sa.select(tracks.c.id).where(given(tracks.c.id, "ids"), track_in_sight())
    seen = set(db.scalars(statement, {"ids": id_list(track_ids), **sight.parameters}))
    return [track for track in found if track.id in seen]


def find_genre(db: Connection, genre_id: str, viewer: Viewer) -> Genre | None:
    """Return the genre with counts of what ``viewer`` sees; None where there is none."""
    return next(iter(genre_items(db, [genre_id], find_sight(db, viewer))), None)


def list_album_tracks(db: Connection, album_id: str, sight: Sight) -> list[str]:
    """Return the ids of the tracks in sight of an album that is, as they stand on it."""
    statement = (
        sa.select(tracks.c.id)
        .where(tracks.c.album_id == album_id)
        .order_by(tracks.c.disc_number, tracks.c.track_number, tracks.c.sort_title, tracks.c.id)
    )
    if sight.viewer_id is not None:
        statement = statement.where(track_announced())
    return list(db.scalars(statement, sight.parameters))


def _seen(statement: Select[Any], id_: ColumnElement[str], visible: ColumnElement[bool], sight: Sight) -> Select[Any]:
    statement = statement.where(id_ == sa.bindparam("wanted", type_=id_.type))
    return statement if sight.viewer_id is None else statement.where(visible)


def _one(db: Connection, statement: Select[Any], wanted: str, sight: Sight) -> sa.Row[Any] | None:
    return db.execute(statement, {"wanted": wanted, **sight.parameters}).first()


def _discs(items: list[Track]) -> list[Disc]:
    return [
        Disc(number, next((track.disc_subtitle for track in on_disc if track.disc_subtitle), None), on_disc)
        for number, on_disc in ((number, list(found)) for number, found in groupby(items, lambda t: t.disc_number))
    ]


def _album_genres(db: Connection, album_id: str) -> list[str]:
    statement = sa.select(genres.c.name).join(album_genres, album_genres.c.genre_id == genres.c.id)
    return list(db.scalars(statement.where(album_genres.c.album_id == album_id).order_by(genres.c.sort_name)))


def _album_artists(db: Connection, album_id: str | None) -> list[ArtistRef]:
    statement = sa.select(album_artists.c.artist_id, album_artists.c.name).where(album_artists.c.album_id == album_id)
    return [ArtistRef(*row) for row in db.execute(statement.order_by(album_artists.c.position))]


def _credits(db: Connection, track_id: str) -> list[Credit]:
    statement = sa.select(credits_.c.artist_id, credits_.c.name, credits_.c.role, credits_.c.detail).where(
        credits_.c.track_id == track_id
    )
    rows = db.execute(statement.order_by(credits_.c.role, credits_.c.position))
    return [Credit(ArtistRef(artist_id, name), role, detail) for artist_id, name, role, detail in rows]


def _path(db: Connection, track_id: str) -> str | None:
    return db.scalar(sa.select(files.c.path).where(files.c.track_id == track_id))


def _overridden(db: Connection, kind: str, entity_id: str, viewer: Viewer) -> list[str]:
    if not viewer.is_admin:
        return []
    statement = sa.select(overrides.c.field).where(overrides.c.kind == kind, overrides.c.entity_id == entity_id)
    return sorted(_camel(field) for field in db.scalars(statement))


def _camel(field: str) -> str:
    """The name of a field as it stands on the wire."""
    first, *others = field.split("_")
    return first + "".join(word.title() for word in others)
