"""The folders of the libraries, as they lie on disk."""

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.services.catalog.api import FolderRef
from tutti.services.catalog.repository.visibility import Sight, in_sight
from tutti.services.catalog.tables import files, folders, libraries, tracks


class FolderRow(msgspec.Struct, frozen=True):
    """A folder and the way to it, the root first."""

    id: str
    name: str
    library_id: str
    parents: list[FolderRef]


_Named = sa.Select[Any, Any, Any, Any]
_NAME = sa.case((folders.c.path == "", libraries.c.name), else_=folders.c.name).label("name")
_NAMED = sa.select(folders.c.id, _NAME, folders.c.library_id, folders.c.parent_id).join(
    libraries, libraries.c.id == folders.c.library_id
)


def list_roots(db: Connection, sight: Sight) -> list[FolderRef]:
    """Return the root folder of each library in sight, by name."""
    statement = _within(_NAMED.where(folders.c.path == ""), sight).order_by(libraries.c.name)
    return [FolderRef(row.id, row.name) for row in db.execute(statement, sight.parameters)]


def find_folder(db: Connection, folder_id: str, sight: Sight) -> FolderRow | None:
    """Return the folder; None where there is none, or not in sight."""
    row = db.execute(_within(_NAMED.where(folders.c.id == folder_id), sight), sight.parameters).first()
    if row is None:
        return None
    return FolderRow(row.id, row.name, row.library_id, _parents(db, row.parent_id))


def list_folders(db: Connection, parent_id: str, after: tuple[str, str] | None, limit: int) -> list[FolderRef]:
    """Return folders inside a folder by name, those after the one called ``after`` (name, id)."""
    statement = sa.select(folders.c.id, folders.c.name).where(folders.c.parent_id == parent_id)
    if after is not None:
        statement = statement.where(sa.tuple_(folders.c.name, folders.c.id) > _at(after))
    return [FolderRef(*row) for row in db.execute(statement.order_by(folders.c.name, folders.c.id).limit(limit))]


def list_files(db: Connection, folder_id: str, after: tuple[str, str] | None, limit: int) -> list[tuple[str, str]]:
    """Return path and track id of files in a folder by path, those after ``after``; none that is missing or ignored."""
    statement = (
        sa.select(files.c.path, files.c.track_id)
        .join(tracks, tracks.c.id == files.c.track_id)
        .where(files.c.folder_id == folder_id, tracks.c.present, sa.not_(files.c.ignored))
    )
    if after is not None:
        statement = statement.where(sa.tuple_(files.c.path, files.c.track_id) > _at(after))
    rows = db.execute(statement.order_by(files.c.path, files.c.track_id).limit(limit))
    return [(path, track_id) for path, track_id in rows]


def _parents(db: Connection, parent_id: str | None) -> list[FolderRef]:
    found: list[FolderRef] = []
    while parent_id is not None:
        row = db.execute(_NAMED.where(folders.c.id == parent_id)).one()
        found.append(FolderRef(row.id, row.name))
        parent_id = row.parent_id
    return found[::-1]


def _within(statement: _Named, sight: Sight) -> _Named:
    return statement if sight.library_ids is None else statement.where(in_sight(folders.c.library_id))


def _at(key: tuple[str, str]) -> Any:
    name, id_ = key
    return sa.tuple_(sa.literal(name, folders.c.name.type), sa.literal(id_, folders.c.id.type))
