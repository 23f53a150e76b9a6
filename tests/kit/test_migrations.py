"""Migrations: they make the tables the code believes in, once, keep what is there, and never run backwards."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from support.postgres import Postgres
from support.schema import described, differences, revisions, upgrade_to
from tutti.kit.clock import now
from tutti.kit.db import Database, metadata, open_database
from tutti.kit.db.database import SQLITE_FILE
from tutti.kit.db.migrations import FLOOR_TABLE, NewerDatabase, migrations_folder
from tutti.kit.events.tables import cursors, outbox
from tutti.kit.settings import Base
from tutti.main import SERVICES


@pytest.fixture
async def empty(database_server: Postgres | None, tmp_path: Path) -> AsyncIterator[Base]:
    """Settings that name a database without a table, of each kind in turn."""
    if database_server is None:
        yield Base(data_dir=tmp_path)
        return
    name = f"empty{uuid4().hex}"
    await database_server.execute(f"CREATE DATABASE {name}")
    yield Base(data_dir=tmp_path, database_url=database_server.url(name))
    await database_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def checks(db: Connection) -> dict[str, set[str]]:
    inspector = sa.inspect(db)
    return {
        name: {str(check["name"]) for check in inspector.get_check_constraints(name) if check["name"]}
        for name in metadata.tables
    }


def pretend(db: Connection, revision: str, floor: str) -> None:
    db.execute(sa.text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    db.execute(sa.text(f"UPDATE {FLOOR_TABLE} SET revision = :floor"), {"floor": floor})


async def test_the_migrated_schema_is_the_metadata(db: Database) -> None:
    assert {table.split("_", 1)[0] for table in metadata.tables} >= SERVICES.keys() - {"streaming"}
    assert await db.read(differences) == []


async def test_alembic_would_see_a_difference(db: Database) -> None:
    """Against a comparison that passes because it compares nothing."""

    def spoil_and_compare(connection: Connection) -> list[str]:
        connection.execute(sa.text("DROP INDEX ix_events_dead_id"))
        connection.execute(sa.text("ALTER TABLE events_cursors ADD COLUMN stray INTEGER"))
        connection.execute(sa.text("CREATE TABLE events_stray (id INTEGER PRIMARY KEY)"))
        return sorted(difference[0] for difference in differences(connection))

    found = await db.write(spoil_and_compare)
    assert found == ["add_index", "remove_column", "remove_table"]


async def test_the_migrations_make_the_same_check_constraints(db: Database) -> None:
    """Alembic compares none of them."""
    declared = {
        table.name: {
            str(each.name)
            for each in table.constraints
            if isinstance(each, sa.CheckConstraint) and each.name is not None
        }
        for table in metadata.tables.values()
    }
    assert await db.read(checks) == declared


async def test_migrating_twice_changes_nothing(db: Database) -> None:
    before = await db.read(described)
    await db.migrate()
    assert await db.read(described) == before


async def test_two_processes_may_migrate_at_once(empty: Base) -> None:
    first, second = open_database(empty), open_database(empty)
    await first.start()
    await second.start()
    await asyncio.gather(first.migrate(), second.migrate())
    assert await first.read(differences) == []
    await first.stop()
    await second.stop()


@pytest.mark.parametrize("old", revisions()[:-1])
async def test_an_older_file_is_migrated_with_its_rows(tmp_path: Path, old: str) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / SQLITE_FILE}")
    row = {
        "id": "0190a000-0000-7000-8000-000000000000",
        "type": "old.Event",
        "version": 1,
        "key": "k",
        "occurred_at": now(),
        "trace_parent": "",
        "payload": '{"title": "Größe"}',
    }
    with engine.begin() as connection:
        upgrade_to(connection, old)
        connection.execute(sa.insert(outbox).values(row))
        connection.execute(sa.insert(cursors).values(consumer="old", seq=1, rewinds=0))
    engine.dispose()

    db = open_database(Base(data_dir=tmp_path))
    await db.start()
    await db.migrate()
    kept = await db.read(lambda connection: connection.execute(sa.select(outbox)).mappings().all())
    assert [dict(each) for each in kept] == [{"seq": 1, **row}]
    assert await db.read(lambda connection: connection.execute(sa.select(cursors)).all()) == [("old", 1, 0)]
    assert await db.read(differences) == []
    await db.stop()


async def test_a_newer_database_is_refused_and_left_alone(db: Database) -> None:
    await db.write(pretend, "9999", "9998")
    before = await db.read(described)
    with pytest.raises(NewerDatabase, match=r"9999.*newer version of Tutti") as refused:
        await db.migrate()
    assert "backup" in str(refused.value)
    assert await db.read(described) == before


async def test_a_failed_migration_leaves_the_database_as_it_was(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of a change is none: SQLite and PostgreSQL both undo what a revision has done to the schema."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations_folder(), folder)
    (folder / "versions" / "9999_broken.py").write_text(
        "from alembic import op\n"
        f"revision, down_revision, branch_labels, depends_on = '9999', '{revisions()[-1]}', None, None\n"
        "def upgrade() -> None:\n"
        "    op.execute('CREATE TABLE events_half (id INTEGER PRIMARY KEY)')\n"
        "    op.execute('DROP TABLE events_dead')\n"
        "    raise ZeroDivisionError\n"
    )
    before = await db.read(described)
    monkeypatch.setattr("tutti.kit.db.migrations.migrations_folder", lambda: folder)
    with pytest.raises(ZeroDivisionError):
        await db.migrate()
    assert await db.read(described) == before
