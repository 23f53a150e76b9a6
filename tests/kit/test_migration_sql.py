"""``tutti migrate --sql``: what is printed, run by psql, is what `tutti migrate` would have done."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from commands.terminal import Ran, shell
from support.postgres import Postgres
from support.schema import add_revision, revisions, upgrade_to
from tutti.kit.db import Database, open_database
from tutti.kit.db.migrations import FLOOR_TABLE, NewerDatabase, migrations_folder
from tutti.kit.events.tables import cursors
from tutti.kit.settings import Base

KEPT = ("of an old version", 7, 0)


async def run_psql(postgres: Postgres, url: str, sql: str) -> None:
    """As an administrator does."""
    psql = [postgres.server.binaries / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", url]
    await asyncio.to_thread(subprocess.run, psql, input=sql, text=True, check=True)


async def dump(postgres: Postgres, url: str) -> list[str]:
    """Every table, index, constraint and default with its name, and what the two small tables of versions hold."""
    tables = [f"--table={name}" for name in ("alembic_version", FLOOR_TABLE)]
    lines: list[str] = []
    for what in (["--schema-only"], ["--data-only", *tables]):
        command = [postgres.server.binaries / "pg_dump", *what, "-d", url]
        ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
        lines += ran.stdout.splitlines()
    return [line for line in lines if not line.startswith(("\\restrict", "\\unrestrict"))]  # they hold a random word


async def started(url: str) -> Database:
    db = open_database(Base(database_url=url))
    await db.start()
    return db


@pytest.mark.parametrize("old", [None, *revisions()[:-1]])
async def test_it_makes_the_same_schema(postgres: Postgres, old: str | None) -> None:
    """From nothing, and from each version before; what was there stays."""
    async with postgres.empty_database() as url, postgres.fresh_database() as migrated:
        db = await started(url)
        if old is not None:
            await db.write(upgrade_to, old)
            await db.write(lambda each: each.execute(sa.insert(cursors).values(KEPT)).close())
        await run_psql(postgres, url, await db.migration_sql())
        await db.check_schema()
        assert await db.migration_sql() == ""
        kept = await db.read(lambda each: [tuple(row) for row in each.execute(sa.select(cursors))])
        assert kept == ([] if old is None else [KEPT])
        await db.stop()
        assert await dump(postgres, url) == await dump(postgres, migrated)


async def test_half_of_it_is_nothing(postgres: Postgres) -> None:
    async with postgres.empty_database() as url:
        db = await started(url)
        broken = (await db.migration_sql()).replace("COMMIT;", "SELECT 1 / 0;\n\nCOMMIT;")
        with pytest.raises(subprocess.CalledProcessError):
            await run_psql(postgres, url, broken)
        assert await db.read(lambda each: sa.inspect(each).get_table_names()) == []
        await db.stop()


async def test_it_says_which_code_no_longer_runs(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `tutti migrate` writes it down: older code refuses the schema, and has nothing to say to it."""
    folder = tmp_path / "next"
    shutil.copytree(migrations_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    add_revision(folder, "9001", "ALTER TABLE events_cursors ADD COLUMN note VARCHAR(10) DEFAULT '100%'")
    add_revision(folder, "9002", "ALTER TABLE events_cursors DROP COLUMN rewinds", contracts="9001")
    async with postgres.fresh_database() as url:
        db = await started(url)
        with monkeypatch.context() as newer:
            newer.setattr("tutti.kit.db.migrations.migrations_folder", lambda: folder)
            await run_psql(postgres, url, await db.migration_sql())
            await db.check_schema()
        for call in (db.check_schema, db.migration_sql):
            with pytest.raises(NewerDatabase, match="9002"):
                await call()
        note = await db.read(lambda each: sa.inspect(each).get_columns("events_cursors")[-1]["default"])
        assert "'100%'" in str(note)
        await db.stop()


async def test_the_command_prints_it_and_changes_nothing(postgres: Postgres, tmp_path: Path) -> None:
    async with postgres.empty_database() as url:

        async def migrate(*more: str) -> Ran:
            return await asyncio.to_thread(shell, "migrate", *more, data_dir=tmp_path, TUTTI_DATABASE_URL=url)

        printed = (await migrate("--sql")).said()
        assert "tutti migrate" in (await migrate("--check")).refusal()
        await run_psql(postgres, url, printed)
        (await migrate("--check")).said()
        assert (await migrate("--sql")).said() == "-- The schema is up to date.\n"
        assert "--check" in (await migrate("--sql", "--check")).refusal()


def test_there_is_none_for_sqlite(tmp_path: Path) -> None:
    assert "TUTTI_DATABASE_URL" in shell("migrate", "--sql", data_dir=tmp_path).refusal()
