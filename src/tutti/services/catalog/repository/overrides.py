"""What was set by hand and survives scans, with what the files say, for when it is taken back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.services.catalog.repository.constructs import given, id_list
from tutti.services.catalog.tables import overrides

Kind = Literal["artist", "album", "track", "genre"]
Fields = dict[str, Any]


class Override(msgspec.Struct, frozen=True):
    """One field set by hand, and its value in the files."""

    value: Any
    scanned: Any


def find_overrides(db: Connection, kind: Kind, entity_id: str) -> dict[str, Override]:
    """Return the overrides of one entity, by field."""
    statement = sa.select(overrides.c.field, overrides.c.value, overrides.c.scanned).where(_of(kind, entity_id))
    return {field: Override(value, scanned) for field, value, scanned in db.execute(statement)}


def set_override(
    db: Connection, kind: Kind, entity_id: str, field: str, override: Override, user_id: str, at: datetime
) -> None:
    """Keep a value set by hand, in place of one set before."""
    remove_override(db, kind, entity_id, field)
    db.execute(
        sa.insert(overrides).values(
            kind=kind,
            entity_id=entity_id,
            field=field,
            value=override.value,
            scanned=override.scanned,
            user_id=user_id,
            set_at=at,
        )
    )


def remove_override(db: Connection, kind: Kind, entity_id: str, field: str) -> None:
    """Take one override back."""
    db.execute(sa.delete(overrides).where(_of(kind, entity_id), overrides.c.field == field))


def remove_overrides(db: Connection, kind: Kind, entity_ids: Sequence[str]) -> None:
    """Forget every override of entities that are gone."""
    gone = given(overrides.c.entity_id, "ids")
    db.execute(sa.delete(overrides).where(overrides.c.kind == kind, gone), {"ids": id_list(entity_ids)})


def keep_overrides(db: Connection, kind: Kind, scanned: Mapping[str, Mapping[str, Any]]) -> dict[str, Fields]:
    """Return what to write for entities just read from files, by id and field: overrides replace what was scanned.

    For the scanner, before it compares with the rows and writes. ``artists`` and ``genres`` are lists of names, other
    fields are columns. What the files say is remembered where it changed; else nothing is written.
    """
    kept = {id_: dict(fields) for id_, fields in scanned.items()}
    columns = (overrides.c.entity_id, overrides.c.field, overrides.c.value, overrides.c.scanned)
    found = sa.select(*columns).where(overrides.c.kind == kind, given(overrides.c.entity_id, "ids"))
    for entity_id, field, value, known in db.execute(found, {"ids": id_list(scanned)}).all():
        fields = kept[entity_id]
        if field not in fields:
            continue
        if fields[field] != known:
            this = sa.and_(_of(kind, entity_id), overrides.c.field == field)
            db.execute(sa.update(overrides).where(this).values(scanned=fields[field]))
        fields[field] = value
    return kept


def _of(kind: Kind, entity_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(overrides.c.kind == kind, overrides.c.entity_id == entity_id)
