"""Two names for one thing become one; the name that goes stays known, so that a scan means the one that is left."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.services.catalog.repository.constructs import given, id_list
from tutti.services.catalog.repository.editing import Touched, find_touched, settle
from tutti.services.catalog.repository.overrides import remove_overrides
from tutti.services.catalog.tables import (
    album_aliases,
    album_artists,
    albums,
    artist_aliases,
    artists,
    credits_,
    tracks,
)


def merge_artist(db: Connection, from_id: str, into_id: str) -> Touched:
    """Make everything of artist ``from_id`` that of ``into_id``; return what it reached."""
    of_tracks = sa.select(credits_.c.track_id, tracks.c.album_id).join(tracks, tracks.c.id == credits_.c.track_id)
    credited = db.execute(of_tracks.where(credits_.c.artist_id == from_id)).all()
    leading = db.scalars(sa.select(album_artists.c.album_id).where(album_artists.c.artist_id == from_id)).all()
    _drop_double_credits(db, from_id, into_id)
    db.execute(sa.update(credits_).where(credits_.c.artist_id == from_id).values(artist_id=into_id))
    db.execute(sa.update(album_artists).where(album_artists.c.artist_id == from_id).values(artist_id=into_id))
    db.execute(sa.update(artist_aliases).where(artist_aliases.c.artist_id == from_id).values(artist_id=into_id))
    gone = db.execute(sa.select(artists).where(artists.c.id == from_id)).one()
    db.execute(sa.insert(artist_aliases).values(name_key=gone.name_key, artist_id=into_id))
    _join_plays(db, artists, gone, into_id)
    remove_overrides(db, "artist", [from_id])
    db.execute(sa.delete(artists).where(artists.c.id == from_id))
    touched = Touched(
        track_ids={track_id for track_id, _ in credited},
        album_ids={album_id for _, album_id in credited if album_id} | set(leading),
        artist_ids={from_id, into_id},
    )
    settle(db, touched)
    return touched


def merge_album(db: Connection, from_id: str, into_id: str) -> Touched:
    """Move the tracks of album ``from_id`` to ``into_id``; return what it reached."""
    touched = find_touched(db, "album", from_id)
    gone = db.execute(sa.select(albums).where(albums.c.id == from_id)).one()
    kept = db.execute(sa.select(albums.c.sort_title, albums.c.library_id).where(albums.c.id == into_id)).one()
    db.execute(
        sa.update(tracks).where(tracks.c.album_id == from_id).values(album_id=into_id, sort_album=kept.sort_title)
    )
    db.execute(sa.update(album_aliases).where(album_aliases.c.album_id == from_id).values(album_id=into_id))
    db.execute(sa.insert(album_aliases).values(identity_key=gone.identity_key, album_id=into_id))
    _join_plays(db, albums, gone, into_id)
    if kept.library_id is None:  # made by hand: now it holds tracks that only some may see
        db.execute(sa.update(albums).where(albums.c.id == into_id).values(library_id=gone.library_id))
    remove_overrides(db, "album", [from_id])
    db.execute(sa.delete(albums).where(albums.c.id == from_id))
    touched.join(find_touched(db, "album", into_id))
    touched.album_ids.add(from_id)  # to be forgotten by the search
    settle(db, touched)
    return touched


def find_album_libraries(db: Connection, album_ids: Sequence[str]) -> set[str]:
    """Return the libraries of the albums; those made by hand have none."""
    statement = sa.select(albums.c.library_id).where(given(albums.c.id, "ids"), albums.c.library_id.is_not(None))
    return set(db.scalars(statement, {"ids": id_list(album_ids)}))


def _drop_double_credits(db: Connection, from_id: str, into_id: str) -> None:
    """Where both artists have the same role on a track, or both lead an album, one of the two goes."""
    other = credits_.alias("other")
    both = sa.exists().where(
        other.c.track_id == credits_.c.track_id, other.c.role == credits_.c.role, other.c.artist_id == into_id
    )
    db.execute(sa.delete(credits_).where(credits_.c.artist_id == from_id, both))
    leader = album_artists.alias("leader")
    both_lead = sa.exists().where(leader.c.album_id == album_artists.c.album_id, leader.c.artist_id == into_id)
    db.execute(sa.delete(album_artists).where(album_artists.c.artist_id == from_id, both_lead))


def _join_plays(db: Connection, table: sa.Table, gone: sa.Row[Any], into_id: str) -> None:
    kept = db.execute(sa.select(table).where(table.c.id == into_id)).one()
    played_at = [at for at in (kept.last_played_at, gone.last_played_at) if at is not None]
    db.execute(
        sa.update(table)
        .where(table.c.id == into_id)
        .values(
            play_count=table.c.play_count + gone.play_count,
            last_played_at=max(played_at, default=None),
            by_hand=kept.by_hand or gone.by_hand,
        )
    )
