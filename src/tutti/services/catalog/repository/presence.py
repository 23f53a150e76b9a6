"""Tracks whose files vanished, came back, or are given up."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.services.catalog.repository.constructs import given, id_list
from tutti.services.catalog.repository.editing import Touched, settle
from tutti.services.catalog.repository.overrides import remove_overrides
from tutti.services.catalog.repository.scanning import KnownFile
from tutti.services.catalog.repository.search import remove_entities
from tutti.services.catalog.repository.writing import find_touched_by
from tutti.services.catalog.tables import album_aliases, albums, files, tracks


def mark_missing(db: Connection, file_ids: Sequence[str], at: datetime) -> Touched:
    """Note that files are gone; their tracks wait for them, out of sight. What was missing before stays as noted."""
    asked = {"ids": id_list(file_ids)}
    gone = sa.select(files.c.track_id).where(given(files.c.id, "ids"), files.c.missing_since.is_(None))
    track_ids = list(db.scalars(gone.where(sa.not_(files.c.ignored)), asked))
    db.execute(
        sa.update(files).where(given(files.c.id, "ids"), files.c.missing_since.is_(None)).values(missing_since=at),
        asked,
    )
    db.execute(sa.update(tracks).where(given(tracks.c.id, "ids")).values(present=False), {"ids": id_list(track_ids)})
    return find_touched_by(db, track_ids)


def take_note(db: Connection, found: Sequence[tuple[KnownFile, int, int]]) -> None:
    """Remember the size and time of files that are ignored, so that they are not looked at again."""
    for known, size_bytes, mtime_ns in found:
        values = {"size_bytes": size_bytes, "mtime_ns": mtime_ns, "missing_since": None}
        db.execute(sa.update(files).where(files.c.id == known.id).values(values))


def find_missing_tracks(db: Connection, library_id: str, limit: int) -> list[str]:
    """Return up to ``limit`` tracks of a library whose files are missing."""
    missing = sa.and_(files.c.library_id == library_id, files.c.missing_since.is_not(None))
    return list(db.scalars(sa.select(files.c.track_id).where(missing).order_by(files.c.id).limit(limit)))


def purge_tracks(db: Connection, track_ids: Sequence[str]) -> None:
    """Delete tracks with their files' rows, and the albums that only they were on."""
    asked = {"ids": id_list(track_ids)}
    touched = find_touched_by(db, track_ids)
    db.execute(sa.delete(files).where(given(files.c.track_id, "ids")), asked)
    remove_overrides(db, "track", track_ids)
    remove_entities(db, track_ids)
    db.execute(sa.delete(tracks).where(given(tracks.c.id, "ids")), asked)
    touched.album_ids.difference_update(drop_empty_albums(db, touched.album_ids))
    settle(db, touched)


def drop_empty_albums(db: Connection, album_ids: Iterable[str]) -> list[str]:
    """Delete those of the albums that hold no track and were not made by hand; return them."""
    empty = sa.select(albums.c.id).where(
        given(albums.c.id, "ids"),
        sa.not_(albums.c.by_hand),
        sa.not_(sa.exists().where(tracks.c.album_id == albums.c.id)),
    )
    emptied = list(db.scalars(empty, {"ids": id_list(album_ids)}))
    remove_overrides(db, "album", emptied)
    remove_entities(db, emptied)
    asked = {"ids": id_list(emptied)}
    db.execute(sa.delete(album_aliases).where(given(album_aliases.c.album_id, "ids")), asked)
    db.execute(sa.delete(albums).where(given(albums.c.id, "ids")), asked)
    return emptied
