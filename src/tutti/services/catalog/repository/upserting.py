"""Rows that may be there already, written in few statements; two scans at once may want the same."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from tutti.kit.ids import new_id
from tutti.services.catalog.repository.bulk import insert_rows
from tutti.services.catalog.repository.constructs import given_texts, id_list
from tutti.services.catalog.repository.scanned import ScannedArtist, ScannedCover, ScannedName
from tutti.services.catalog.tables import artist_aliases, artists, covers, genres

Row = dict[str, Any]


def insert_new(db: Connection, table: sa.Table, rows: Sequence[Row], unique: Sequence[str]) -> None:
    """Insert ``rows``, except where another has the same values in the columns ``unique``."""
    insert_rows(db, table, rows, unique=tuple(unique))


def resolve_artists(db: Connection, named: Mapping[str, ScannedArtist], at: datetime) -> dict[str, str]:
    """Return the ids of artists by name key: whom a merged name means, else who bears it, else a new one."""
    found = _ids_by_key(db, artist_aliases.c.name_key, artist_aliases.c.artist_id, list(named))
    rest = [key for key in named if key not in found]
    found |= _ids_by_key(db, artists.c.name_key, artists.c.id, rest)
    new = [key for key in rest if key not in found]
    if not new:
        return found
    times = {"added_at": at, "updated_at": at}
    rows = [
        {"id": new_id(), "name": named[key].name, "name_key": key, "sort_name": named[key].sort_key, **times}
        for key in new
    ]
    insert_new(db, artists, rows, ["name_key"])
    return found | _ids_made(db, artists, rows)


def resolve_genres(db: Connection, named: Mapping[str, ScannedName]) -> dict[str, str]:
    """Return the ids of genres by name key; unknown ones are made."""
    found = _ids_by_key(db, genres.c.name_key, genres.c.id, list(named))
    new = [key for key in named if key not in found]
    if not new:
        return found
    rows = [{"id": new_id(), "name": named[key].name, "name_key": key, "sort_name": named[key].sort_key} for key in new]
    insert_new(db, genres, rows, ["name_key"])
    return found | _ids_made(db, genres, rows)


def point_to_covers(db: Connection, library_id: str, found: Sequence[ScannedCover]) -> None:
    """Remember where cover art lies; one that is known is pointed to anew, since it may have moved."""
    rows = {
        each.id: {"id": each.id, "library_id": library_id, "path": each.path, "embedded": each.embedded}
        for each in found
    }
    if not rows:
        return
    insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    statement = insert(covers)
    moved = {name: statement.excluded[name] for name in ("library_id", "path", "embedded")}
    elsewhere = sa.or_(*(covers.c[name].is_distinct_from(value) for name, value in moved.items()))
    db.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_=moved, where=elsewhere),
        list(rows.values()),
    )


def _ids_made(db: Connection, table: sa.Table, rows: Sequence[Row]) -> dict[str, str]:
    if db.dialect.name == "sqlite":  # one writer: nobody was faster
        return {row["name_key"]: row["id"] for row in rows}
    return _ids_by_key(db, table.c.name_key, table.c.id, [row["name_key"] for row in rows])


def _ids_by_key(db: Connection, key: sa.Column[str], id_: sa.Column[str], keys: Sequence[str]) -> dict[str, str]:
    if not keys:
        return {}
    statement = sa.select(key, id_).where(given_texts(key, "keys"))
    return {row[0]: row[1] for row in db.execute(statement, {"keys": id_list(keys)}).all()}
