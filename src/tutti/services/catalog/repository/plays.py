"""Play counts of tracks, albums and artists."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.services.catalog.tables import albums, artists, credits_, tracks


def add_play(db: Connection, track_id: str, at: datetime) -> None:
    """Count one play of a track, for its album and its artists too; a late event does not turn the time back."""
    album_id = sa.select(tracks.c.album_id).where(tracks.c.id == track_id).scalar_subquery()
    artist_ids = sa.select(credits_.c.artist_id).where(credits_.c.track_id == track_id, credits_.c.role == "artist")
    for table, which in (
        (tracks, tracks.c.id == track_id),
        (albums, albums.c.id == album_id),
        (artists, artists.c.id.in_(artist_ids)),
    ):
        played_at = sa.bindparam("at", at, type_=table.c.last_played_at.type)
        later = sa.case(
            (table.c.last_played_at > played_at, table.c.last_played_at),
            else_=played_at,
        )
        db.execute(sa.update(table).where(which).values(play_count=table.c.play_count + 1, last_played_at=later))
