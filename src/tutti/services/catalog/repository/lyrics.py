"""A track's words."""

import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.services.catalog.api import Lyrics, LyricsLine, Viewer
from tutti.services.catalog.repository.visibility import sight_of, track_in_sight
from tutti.services.catalog.tables import lyrics, tracks


def find_lyrics(db: Connection, track_id: str, viewer: Viewer) -> Lyrics | None:
    """Return the words of a track, empty where none are known; None where the track is not there or not seen."""
    sight = sight_of(viewer)
    statement = (
        sa.select(lyrics.c.plain, lyrics.c.synced)
        .select_from(tracks.outerjoin(lyrics, lyrics.c.track_id == tracks.c.id))
        .where(tracks.c.id == track_id)
    )
    if sight.viewer_id is not None:
        statement = statement.where(track_in_sight())
    row = db.execute(statement, sight.parameters).first()
    if row is None:
        return None
    return Lyrics(track_id, row.plain, [LyricsLine(start_ms, text) for start_ms, text in row.synced or ()])
