"""Cover art that nobody has looked at yet."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.services.catalog.tables import covers, libraries


def find_undescribed(db: Connection, limit: int) -> list[tuple[str, str, bool]]:
    """Return up to ``limit`` covers that nobody has looked at: id, absolute path, whether it is inside the file."""
    statement = (
        sa.select(covers.c.id, libraries.c.path, covers.c.path, covers.c.embedded)
        .join(libraries, libraries.c.id == covers.c.library_id)
        .where(sa.not_(covers.c.described))
        .limit(limit)
    )
    return [(id_, f"{root}/{path}", embedded) for id_, root, path, embedded in db.execute(statement)]


def describe_covers(db: Connection, found: Mapping[str, Mapping[str, Any] | None]) -> None:
    """Write what covers look like; None for one that cannot be shown, which is not looked at again."""
    for cover_id, columns in found.items():
        db.execute(sa.update(covers).where(covers.c.id == cover_id).values(described=True, **(columns or {})))
