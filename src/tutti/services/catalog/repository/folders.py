"""The folders of the libraries, as they lie on disk."""

from typing import Any, Literal

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


class Entry(msgspec.Struct, frozen=True):
    """A folder, or a track by its file, inside a folder."""

    what: Literal["folder", "track"]
    name: str
    id: str


_Inside = sa.Select[str, str]
_Named = sa.Select[Any, Any, Any, Any]
_NAME = sa.case((folders.c.path == "", libraries.c.name), else_=folders.c.name).label("name")
_NAMED = sa.select(folders.c.id, _NAME, folders.c.library_id, folders.c.parent_id).join(
    libraries, libraries.c.id == folders.c.library_id
)

_folder_id = sa.bindparam("folder", type_=folders.c.id.type)
_FOLDERS = sa.select(folders.c.name, folders.c.id).where(folders.c.parent_id == _folder_id)
_FILES = (
    sa.select(files.c.path, files.c.track_id)
    .join(tracks, tracks.c.id == files.c.track_id)
    .where(files.c.folder_id == _folder_id, tracks.c.present, sa.not_(files.c.ignored))
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


def list_entries(db: Connection, folder_id: str, after: Entry | None, limit: int) -> list[Entry]:
    """Return what is in a folder and stands after ``after``: folders by name, then tracks by path.

    A file whose track is missing, or was deleted here, is left out.
    """
    found: list[Entry] = []
    if after is None or after.what == "folder":
        found = _entries(db, "folder", _FOLDERS, folder_id, after, limit)
        after = None
    if len(found) < limit:
        found += _entries(db, "track", _FILES, folder_id, after, limit - len(found))
    return found


def _entries(
    db: Connection, what: Literal["folder", "track"], inside: _Inside, folder_id: str, after: Entry | None, limit: int
) -> list[Entry]:
    name, id_ = inside.selected_columns
    if after is not None:
        key = sa.tuple_(sa.literal(after.name, name.type), sa.literal(after.id, id_.type))
        inside = inside.where(sa.tuple_(name, id_) > key)
    rows = db.execute(inside.order_by(name, id_).limit(limit), {"folder": folder_id})
    return [Entry(what, *row) for row in rows]


def _parents(db: Connection, parent_id: str | None) -> list[FolderRef]:
    found: list[FolderRef] = []
    while parent_id is not None:
        row = db.execute(_NAMED.where(folders.c.id == parent_id)).one()
        found.append(FolderRef(row.id, row.name))
        parent_id = row.parent_id
    return found[::-1]


def _within(statement: _Named, sight: Sight) -> _Named:
    return statement if sight.viewer_id is None else statement.where(in_sight(folders.c.library_id))
