"""Which code runs on which schema: what `tutti migrate` says, and what copies of two versions do side by side."""

import ast
import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from commands.terminal import shell
from support.postgres import Postgres
from support.schema import add_revision
from tutti.kit.db import Database, DatabaseSettings, open_database
from tutti.kit.db.migrations import FLOOR_TABLE, NewerDatabase, SchemaBehind, migrations_folder
from tutti.kit.events.tables import cursors
from tutti.kit.settings import Base

OF_TABLES = {"drop_table", "drop_column", "drop_constraint", "rename_table", "alter_column", "drop_table_comment"}
IN_SQL = re.compile(r"\b(DROP\s+(TABLE|COLUMN)|RENAME|ALTER\s+COLUMN|SET\s+NOT\s+NULL)\b", re.IGNORECASE)


@pytest.fixture
async def empty_url(postgres: Postgres) -> AsyncIterator[str]:
    async with postgres.empty_database() as url:
        yield url


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A migrations folder that goes on; used once `use` says so."""
    folder = tmp_path / "next"
    shutil.copytree(migrations_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def write(db: Connection, name: str) -> None:
    db.execute(sa.insert(cursors).values(consumer=name, seq=1, rewinds=0))


def takes_away(file: Path) -> list[str]:
    """What in a revision would break code that runs already."""
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found += [node.func.attr] if node.func.attr in OF_TABLES else []
            found += ["a column without a default"] if _adds_required_column(node) else []
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [match[0] for match in IN_SQL.finditer(node.value)]
    return found


def _adds_required_column(call: ast.Call) -> bool:
    """Old code does not name it when it inserts a row."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "add_column":
        return False
    given = {each.arg: each.value for column in call.args if isinstance(column, ast.Call) for each in column.keywords}
    required = isinstance(given.get("nullable"), ast.Constant) and given["nullable"].value is False  # type: ignore[attr-defined]
    return required and "server_default" not in given


@pytest.mark.parametrize("file", sorted((migrations_folder() / "versions").glob("*.py")), ids=lambda file: file.stem)
def test_a_revision_that_takes_something_away_says_who_no_longer_needs_it(file: Path) -> None:
    """CONTRIBUTING.md: expand, then contract."""
    says = any(
        isinstance(node, ast.Assign)
        and any(isinstance(name, ast.Name) and name.id == "CONTRACTS" for name in node.targets)
        for node in ast.parse(file.read_text()).body
    )
    assert says or takes_away(file) == []


@pytest.mark.parametrize(
    "line",
    [
        'op.drop_column("a", "b")',
        'op.rename_table("a", "b")',
        'op.alter_column("a", "b", type_=None)',
        'op.execute("ALTER TABLE a RENAME COLUMN b TO c")',
        'op.execute("drop  table a")',
        'op.add_column("a", sa.Column("b", sa.Text, nullable=False))',
    ],
)
def test_taking_away_is_seen(tmp_path: Path, line: str) -> None:
    """Against a test that passes because it sees nothing."""
    file = tmp_path / "revision.py"
    file.write_text(line)
    assert takes_away(file)


async def test_a_schema_is_behind_until_it_is_migrated(empty_url: str, tmp_path: Path) -> None:
    db = open_database(Base(data_dir=tmp_path, database_url=empty_url))
    await db.start()
    with pytest.raises(SchemaBehind, match=r"empty.*tutti migrate"):
        await db.check_schema()
    with pytest.raises(SchemaBehind):
        await db.await_schema(0)
    waiting = asyncio.create_task(db.await_schema(60))
    await db.migrate()
    await waiting
    await db.stop()


async def test_older_code_runs_on_a_schema_that_was_only_added_to(
    db: Database, next_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rolling upgrade: the schema first, then the copies one by one; and back, if the new version disappoints."""
    add_revision(next_version, "9001", "ALTER TABLE events_cursors ADD COLUMN note VARCHAR(10)")
    with monkeypatch.context() as newer:
        newer.setattr("tutti.kit.db.migrations.migrations_folder", lambda: next_version)
        with pytest.raises(SchemaBehind, match="9001"):
            await db.check_schema()
        await db.migrate()
        await db.check_schema()
    await db.check_schema()
    await db.migrate()
    await db.write(write, "old code")
    assert await db.read(lambda each: each.execute(sa.select(cursors.c.consumer)).scalars().all()) == ["old code"]


async def test_older_code_is_refused_once_something_it_needs_is_gone(
    db: Database, next_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_revision(next_version, "9001", "ALTER TABLE events_cursors ADD COLUMN note VARCHAR(10)")
    add_revision(next_version, "9002", "ALTER TABLE events_cursors DROP COLUMN rewinds", contracts="9001")
    with monkeypatch.context() as newer:
        newer.setattr("tutti.kit.db.migrations.migrations_folder", lambda: next_version)
        await db.migrate()
    for call in (db.check_schema, db.migrate):
        with pytest.raises(NewerDatabase, match="9002"):
            await call()
    (next_version / "versions" / "9002_next.py").unlink()  # the version between: it knows 9001, and no more
    monkeypatch.setattr("tutti.kit.db.migrations.migrations_folder", lambda: next_version)
    await db.check_schema()


async def test_a_newer_schema_that_says_nothing_takes_nobody(db: Database) -> None:
    await db.write(lambda each: each.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))
    await db.write(lambda each: each.execute(sa.text(f"DROP TABLE {FLOOR_TABLE}")))
    with pytest.raises(NewerDatabase):
        await db.check_schema()


async def test_a_table_in_use_is_not_waited_for_with_everybody_behind(
    postgres: Postgres, next_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_revision(next_version, "9001", "ALTER TABLE events_cursors ADD COLUMN note VARCHAR(10)")
    monkeypatch.setattr("tutti.kit.db.migrations.migrations_folder", lambda: next_version)
    monkeypatch.setattr("tutti.kit.db.postgres._MIGRATE_AGAIN_S", 0.05)
    async with postgres.fresh_database() as url:
        hasty = DatabaseSettings(migrate_lock_timeout_ms=50, migrate_tries=1000, idle_timeout_ms=120_000)
        db = open_database(Base(database_url=url), hasty)
        await db.start()
        async with db.transaction() as tx:
            await tx.run(write, "long")
            migrating = asyncio.create_task(db.migrate())
            for number in range(20):  # each would wait behind the migration for as long as that waits for us
                await asyncio.create_task(db.read(lambda each: each.execute(sa.select(cursors)).all()))
                assert not migrating.done(), number
        await migrating
        await db.check_schema()
        await db.stop()


async def test_four_processes_migrate_at_once(empty_url: str, tmp_path: Path) -> None:
    def run(number: int, *more: str) -> int:
        return shell("migrate", *more, data_dir=tmp_path / str(number), TUTTI_DATABASE_URL=empty_url).code

    assert await asyncio.to_thread(run, 0, "--check") == 1
    assert await asyncio.gather(*(asyncio.to_thread(run, number) for number in range(4))) == [0] * 4
    assert await asyncio.to_thread(run, 0, "--check") == 0


async def test_a_process_of_some_services_never_migrates(empty_url: str, tmp_path: Path) -> None:
    """Which of the copies would have been first is no way to decide when a schema changes."""
    nowhere = {"TUTTI_NATS_URL": "nats://127.0.0.1:9", "TUTTI_REDIS_URL": "redis://127.0.0.1:9"}
    storage = {"TUTTI_STORAGE_URL": "s3://music", "TUTTI_STORAGE_KEY_ID": "x", "TUTTI_STORAGE_SECRET_KEY": "y"}
    variables = {
        "TUTTI_DATABASE_URL": empty_url,
        "TUTTI_DATABASE_SCHEMA_WAIT_S": "0",
        "TUTTI_CLUSTER_SECRETS": "z" * 32,
    }
    peers = {"TUTTI_PEERS": "accounts=127.0.0.1:9,media=127.0.0.1:9,catalog=127.0.0.1:9"}
    environ = nowhere | storage | variables | peers
    ran = await asyncio.to_thread(shell, "serve", "catalog", data_dir=tmp_path, **environ)
    assert "tutti migrate" in ran.refusal()
    ran = await asyncio.to_thread(shell, "migrate", "--check", data_dir=tmp_path, **environ)
    assert "tutti migrate" in ran.refusal()
