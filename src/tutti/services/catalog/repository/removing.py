"""Things taken out of the catalogue by hand. Their files stay and are ignored, so that no scan brings them back."""

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.services.catalog.repository.constructs import given, id_list
from tutti.services.catalog.repository.editing import Reached, Touched, find_reached, find_touched, settle
from tutti.services.catalog.repository.overrides import Kind, remove_overrides
from tutti.services.catalog.repository.search import remove_entities
from tutti.services.catalog.tables import (
    album_aliases,
    album_artists,
    album_genres,
    albums,
    artist_aliases,
    artist_libraries,
    artists,
    credits_,
    files,
    genres,
    track_genres,
    tracks,
)


def remove_track(db: Connection, track_id: str) -> Reached:
    """Delete a track; return it and its library."""
    touched = find_touched(db, "track", track_id)
    reached = find_reached(db, "track", track_id, [track_id], unready=True)
    _delete_tracks(db, [track_id])
    settle(db, touched)
    return reached


def remove_album(db: Connection, album_id: str) -> Reached:
    """Delete an album and its tracks; return these and their library."""
    touched = find_touched(db, "album", album_id)
    reached = find_reached(db, "album", album_id, touched.track_ids, unready=True)
    _delete_tracks(db, sorted(touched.track_ids))
    _delete_albums(db, [album_id])
    settle(db, touched)
    return reached


def remove_artist(db: Connection, artist_id: str) -> Reached:
    """Delete an artist, the albums and tracks that are theirs alone, and their credits elsewhere.

    Returns:
        The tracks that are gone, and the libraries the artist was in.
    """
    touched = Touched(artist_ids={artist_id})
    own_albums = _alone(db, album_artists.c.album_id, album_artists, artist_id)
    gone = set(_alone(db, credits_.c.track_id, credits_, artist_id, credits_.c.role == "artist"))
    for album_id in own_albums:
        of_album = find_touched(db, "album", album_id)
        touched.join(of_album)
        gone |= of_album.track_ids
    for track_id in gone - touched.track_ids:
        touched.join(find_touched(db, "track", track_id))
    reached = find_reached(db, "artist", artist_id, gone, unready=True)
    _delete_tracks(db, sorted(gone))
    _delete_albums(db, own_albums)
    for links in (credits_, album_artists, artist_libraries, artist_aliases):
        db.execute(sa.delete(links).where(links.c.artist_id == artist_id))
    remove_overrides(db, "artist", [artist_id])
    db.execute(sa.delete(artists).where(artists.c.id == artist_id))
    settle(db, touched)
    return reached


def remove_genre(db: Connection, genre_id: str) -> Reached:
    """Delete a genre; tracks and albums stay, without it."""
    reached = find_reached(db, "genre", genre_id, ())
    for links in (track_genres, album_genres):
        db.execute(sa.delete(links).where(links.c.genre_id == genre_id))
    remove_overrides(db, "genre", [genre_id])
    db.execute(sa.delete(genres).where(genres.c.id == genre_id))
    return reached


REMOVE: Mapping[Kind, Callable[[Connection, str], Reached]] = {
    "artist": remove_artist,
    "album": remove_album,
    "track": remove_track,
    "genre": remove_genre,
}


def _alone(
    db: Connection, owner: sa.Column[str], links: sa.Table, artist_id: str, *conditions: sa.ColumnElement[bool]
) -> list[str]:
    """Owners that are linked with this artist and, in the same role, with nobody else."""
    other = links.alias("other")
    same_role = [other.c.role == "artist"] if "role" in links.c else []
    others = sa.exists().where(other.c[owner.name] == owner, other.c.artist_id != artist_id, *same_role)
    statement = sa.select(owner).where(links.c.artist_id == artist_id, sa.not_(others), *conditions)
    return list(db.scalars(statement.distinct()))


def _delete_tracks(db: Connection, track_ids: Sequence[str]) -> None:
    """Delete tracks; what hangs on them goes with the rows."""
    asked = {"ids": id_list(track_ids)}
    db.execute(sa.update(files).where(given(files.c.track_id, "ids")).values(ignored=True), asked)
    remove_overrides(db, "track", track_ids)
    remove_entities(db, track_ids)
    db.execute(sa.delete(tracks).where(given(tracks.c.id, "ids")), asked)


def _delete_albums(db: Connection, album_ids: Sequence[str]) -> None:
    asked = {"ids": id_list(album_ids)}
    remove_overrides(db, "album", album_ids)
    db.execute(sa.delete(album_aliases).where(given(album_aliases.c.album_id, "ids")), asked)
    db.execute(sa.delete(albums).where(given(albums.c.id, "ids")), asked)
