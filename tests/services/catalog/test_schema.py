"""The migration makes the tables that the code believes in."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from tutti.kit.db import Database, metadata
from tutti.services.catalog import tables

assert tables  # importing them puts them into the metadata
SEARCH_INDEX = ("catalog_search_index", "ix_catalog_search_words")  # each database's own; not in the metadata


def differences(connection: Connection) -> list[Any]:
    def ours(_: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
        return bool(name and not name.startswith(SEARCH_INDEX)) and (
            kind != "table" or str(name).startswith("catalog_")
        )

    context = MigrationContext.configure(
        connection, opts={"include_object": ours, "compare_type": False, "target_metadata": metadata}
    )
    return compare_metadata(context, metadata)


async def test_tables_and_migration_agree(db: Database) -> None:
    assert await db.read(differences) == []
