"""Schemas of databases: what one looks like, and older and newer ones than ours."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from tutti.kit.db import metadata
from tutti.kit.db.migrations import FLOOR_TABLE, migrations_folder

SEARCH_INDEX = "catalog_search_index"
"""FTS5's virtual table, and its own tables behind it: written in SQLite's SQL, unknown to the metadata."""
SEARCH_WORDS = "ix_catalog_search_words"
"""Its counterpart on PostgreSQL: an index over an expression."""


def differences(db: Connection) -> list[Any]:
    """What alembic would change to turn the database into the metadata."""

    def compared(_item: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        foreign = SEARCH_INDEX if db.dialect.name == "sqlite" else SEARCH_WORDS
        return kind not in ("table", "index") or not str(name).startswith((foreign, FLOOR_TABLE))

    options = {"include_object": compared, "compare_type": True, "compare_server_default": True}
    return compare_metadata(MigrationContext.configure(db, opts=options), metadata)


def described(db: Connection) -> dict[str, Any]:
    """All that an inspector sees, and the revision."""
    inspector = sa.inspect(db)
    ours = sorted(name for name in inspector.get_table_names() if not name.startswith(SEARCH_INDEX))
    shape: dict[str, Any] = {
        name: (
            [{**column, "type": str(column["type"])} for column in inspector.get_columns(name)],
            inspector.get_pk_constraint(name),
            sorted(inspector.get_foreign_keys(name), key=str),
            sorted(inspector.get_unique_constraints(name), key=str),
            sorted(inspector.get_check_constraints(name), key=str),
            sorted(str(index["name"]) for index in inspector.get_indexes(name)),
        )
        for name in ours
    }
    return shape | {"revision": MigrationContext.configure(db).get_current_heads()}


def revisions() -> list[str]:
    """From the first to the newest."""
    script = ScriptDirectory(str(migrations_folder()))
    return [revision.revision for revision in script.walk_revisions()][::-1]


def upgrade_to(db: Connection, revision: str) -> None:
    """As the version of Tutti did whose newest revision this was."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = db
    command.upgrade(config, revision)


def add_revision(folder: Path, revision: str, statement: str, contracts: str = "") -> None:
    """Write one more revision behind those that ``folder`` has."""
    head = ScriptDirectory(str(folder)).get_current_head()
    (folder / "versions" / f"{revision}_next.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision, branch_labels, depends_on = {revision!r}, {head!r}, None, None\n"
        + (f"CONTRACTS = {contracts!r}\n" if contracts else "")
        + f"def upgrade() -> None:\n    op.execute({statement!r})\n"
    )
