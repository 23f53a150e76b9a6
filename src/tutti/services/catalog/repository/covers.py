"""Where cover art lies, and which of its sizes are kept."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from tutti.services.catalog.repository.constructs import given_texts, id_list
from tutti.services.catalog.tables import (
    album_artists,
    albums,
    artists,
    cover_renditions,
    covers,
    files,
    folders,
    libraries,
    overrides,
    tracks,
)

_OTHER_PLACES = 8  # more would hardly help: they have the same image for the same reason


class Place(msgspec.Struct, frozen=True):
    """Where an image was seen: beside the tracks, inside one of them, or (no ``root``) uploaded into storage."""

    root: str | None
    path: str
    embedded: bool
    library_id: str | None


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """An image that an admin gave us."""

    id: str
    key: str
    mime: str
    width: int
    height: int
    blurhash: str
    palette: Sequence[str]


class Rendition(msgspec.Struct, frozen=True):
    """A size of a cover in storage."""

    key: str
    size_bytes: int
    used_at: datetime


def find_place(db: Connection, cover_id: str) -> Place | None:
    """Return where a cover was last seen; None where no such cover is known."""
    statement = (
        sa.select(libraries.c.path.label("root"), covers.c.path, covers.c.embedded, covers.c.library_id)
        .select_from(covers.outerjoin(libraries, libraries.c.id == covers.c.library_id))
        .where(covers.c.id == cover_id)
    )
    row = db.execute(statement).first()
    return None if row is None else Place(*row)


def list_other_places(db: Connection, cover_id: str) -> list[Place]:
    """Return where else a cover may be: in tracks that show it, or beside them."""
    inside = (
        sa.select(libraries.c.path, files.c.path.label("file"), folders.c.path.label("folder"), folders.c.cover_name)
        .add_columns(files.c.library_id)
        .join_from(tracks, files, files.c.track_id == tracks.c.id)
        .join(libraries, libraries.c.id == files.c.library_id)
        .join(folders, folders.c.id == files.c.folder_id)
        .where(tracks.c.cover_id == cover_id, tracks.c.present)
        .limit(_OTHER_PLACES)
    )
    found: dict[Place, None] = {}
    for root, file, folder, cover_name, library_id in db.execute(inside).all():
        found[Place(root, file, True, library_id)] = None
        if cover_name:
            found[Place(root, _beside(folder, cover_name), False, library_id)] = None
    return list(found)


def move_place(db: Connection, cover_id: str, place: Place) -> None:
    """Remember where a cover was found."""
    values = {"library_id": place.library_id, "path": place.path, "embedded": place.embedded}
    db.execute(sa.update(covers).where(covers.c.id == cover_id).values(values))


def give_up_covers(db: Connection, library_id: str) -> None:
    """Forget the covers of a library that goes and whose tracks are gone already.

    Those that tracks of other libraries show stay, and lie there from now on; nothing else shows one that is gone.
    """
    for cover_id, place in _list_places_elsewhere(db, library_id):
        move_place(db, cover_id, place)
    gone = sa.select(covers.c.id).where(covers.c.library_id == library_id)
    # First albums, then artists, who show what their albums do.
    for table, left in ((albums, _COVER_OF_TRACKS), (artists, _COVER_OF_ALBUMS)):
        db.execute(sa.update(table).where(table.c.cover_id.in_(gone)).values(cover_id=left.scalar_subquery()))
    db.execute(sa.delete(covers).where(covers.c.library_id == library_id))


_COVER_OF_TRACKS = (
    sa.select(tracks.c.cover_id)
    .where(tracks.c.album_id == albums.c.id, tracks.c.cover_id.is_not(None))
    .order_by(tracks.c.cover_id)
    .limit(1)
)
_COVER_OF_ALBUMS = (
    sa.select(albums.c.cover_id)
    .join(album_artists, album_artists.c.album_id == albums.c.id)
    .where(album_artists.c.artist_id == artists.c.id, albums.c.cover_id.is_not(None), albums.c.track_count > 0)
    .order_by(albums.c.year.desc(), albums.c.sort_title, albums.c.identity_key)
    .limit(1)
)


def _list_places_elsewhere(db: Connection, library_id: str) -> list[tuple[str, Place]]:
    """Return covers of a library that tracks of others show, each with where it should lie in one of these.

    Nobody looked: a track may have another image beside it than inside. Who serves it looks, and finds the right one.
    """
    other = tracks.alias()
    shown_by = (
        sa.select(other.c.id)
        .join(files, files.c.track_id == other.c.id)
        .where(other.c.cover_id == covers.c.id, files.c.library_id != library_id, files.c.storage_key.is_(None))
        .order_by(other.c.present.desc())
        .limit(1)
    )
    statement = (
        sa.select(covers.c.id, covers.c.embedded, files.c.path.label("file"), files.c.library_id)
        .add_columns(folders.c.path.label("folder"), folders.c.cover_name, libraries.c.path.label("root"))
        .join_from(covers, files, files.c.track_id == shown_by.scalar_subquery())
        .join(folders, folders.c.id == files.c.folder_id)
        .join(libraries, libraries.c.id == files.c.library_id)
        .where(covers.c.library_id == library_id)
    )
    found: list[tuple[str, Place]] = []
    for row in db.execute(statement).all():
        beside = None if row.embedded or row.cover_name is None else _beside(row.folder, row.cover_name)
        found.append((row.id, Place(row.root, beside or row.file, beside is None, row.library_id)))
    return found


def _beside(folder: str, cover_name: str) -> str:
    return f"{folder}/{cover_name}" if folder else cover_name


def insert_uploaded(db: Connection, uploaded: Uploaded) -> None:
    """Make an uploaded image a cover; one that was seen in a library stays where it is."""
    if db.scalar(sa.select(covers.c.id).where(covers.c.id == uploaded.id)) is not None:
        return
    described = {name: getattr(uploaded, name) for name in ("mime", "width", "height", "blurhash")}
    db.execute(
        sa.insert(covers).values(
            id=uploaded.id,
            library_id=None,
            path=uploaded.key,
            embedded=False,
            described=True,
            palette=list(uploaded.palette),
            **described,
        )
    )


def take_unused_uploads(db: Connection) -> list[str]:
    """Forget uploaded covers that nothing shows any more; return their keys in storage."""
    shown = [sa.exists().where(table.c.cover_id == covers.c.id) for table in (albums, artists, tracks)]
    uploaded = sa.select(covers.c.id, covers.c.path).where(covers.c.library_id.is_(None))
    unused = db.execute(uploaded.where(*map(sa.not_, shown))).all()
    if not unused:
        return []
    kept = set(db.scalars(sa.select(overrides.c.value).where(overrides.c.field == "cover_id")))
    gone = {cover_id: key for cover_id, key in unused if cover_id not in kept}
    db.execute(sa.delete(covers).where(given_texts(covers.c.id, "ids")), {"ids": id_list(gone)})
    return list(gone.values())


def note_renditions(db: Connection, renditions: Sequence[Rendition]) -> None:
    """Keep account of sizes that were made or used."""
    if not renditions:
        return
    insert = (sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert)(cover_renditions)
    upsert = insert.on_conflict_do_update(
        index_elements=["key"], set_={"used_at": insert.excluded.used_at, "size_bytes": insert.excluded.size_bytes}
    )
    db.execute(upsert, [msgspec.structs.asdict(rendition) for rendition in renditions])


def find_unknown(db: Connection, keys: Sequence[str]) -> set[str]:
    """Return which keys no account is kept of."""
    known = sa.select(cover_renditions.c.key).where(given_texts(cover_renditions.c.key, "keys"))
    return set(keys) - set(db.scalars(known, {"keys": id_list(keys)}))


def find_unknown_uploads(db: Connection, keys: Sequence[str]) -> set[str]:
    """Return which keys no uploaded cover has."""
    known = sa.select(covers.c.path).where(given_texts(covers.c.path, "keys"), covers.c.library_id.is_(None))
    return set(keys) - set(db.scalars(known, {"keys": id_list(keys)}))


def sum_renditions(db: Connection) -> int:
    """Return the bytes of all renditions."""
    return int(db.scalar(sa.select(sa.func.coalesce(sa.func.sum(cover_renditions.c.size_bytes), 0))) or 0)


def list_least_used(db: Connection, limit: int) -> list[Rendition]:
    """Return the renditions that were not used for longest."""
    columns = (cover_renditions.c.key, cover_renditions.c.size_bytes, cover_renditions.c.used_at)
    statement = sa.select(*columns).order_by(cover_renditions.c.used_at, cover_renditions.c.key)
    return [Rendition(*row) for row in db.execute(statement.limit(limit))]


def forget_renditions(db: Connection, keys: Sequence[str]) -> None:
    """Keep no account of these any more."""
    gone = given_texts(cover_renditions.c.key, "keys")
    db.execute(sa.delete(cover_renditions).where(gone), {"keys": id_list(keys)})
