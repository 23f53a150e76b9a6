import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from support.postgres import Postgres
from tutti.kit.db import Database, DatabaseBusy, open_database
from tutti.kit.db.settings import DatabaseSettings
from tutti.kit.settings import Base


async def test_the_schema_stands(db: Database) -> None:
    tables = await db.read(lambda connection: set(sa.inspect(connection).get_table_names()))
    assert {"events_outbox", "events_inbox", "events_cursors", "idempotency_answers"} <= tables


async def test_slow_statements_are_logged_without_what_is_in_them(base: Base) -> None:
    db = open_database(Base(data_dir=base.data_dir, database_url=base.database_url, slow_query_ms=0))
    await db.start()
    secret = sa.select(sa.literal("hunter2"))
    with capture_logs() as lines:
        await db.read(lambda connection: connection.execute(secret).scalar_one())
        await db.write(lambda connection: connection.execute(secret).scalar_one())
        assert [row async for rows in db.stream(secret) for row in rows]
    await db.stop()
    slow = [line["statement"] for line in lines if line["event"] == "slow query" and "SELECT" in line["statement"]]
    assert len(slow) >= 3
    assert "hunter2" not in str(lines)


async def test_a_statement_that_was_ended_is_logged_as_slow(postgres: Postgres) -> None:
    async with postgres.fresh_database() as url:
        db = open_database(Base(database_url=url), DatabaseSettings(statement_timeout_ms=8000))
        await db.start()
        with capture_logs() as lines, pytest.raises(DatabaseBusy):
            await db.read(lambda connection: connection.execute(sa.text("SELECT pg_sleep(60)")))
        await db.stop()
    said = {line["event"]: line for line in lines}
    assert "pg_sleep" in said["slow query"]["statement"]
    assert "statement timeout" in said["the database refuses"]["reason"]


@pytest.mark.parametrize("more", ["sslmode=prefer", "sslmode=disable&options=-c%20work_mem%3D7MB"])
async def test_an_address_may_say_what_other_programs_of_postgresql_take(postgres: Postgres, more: str) -> None:
    db = open_database(Base(database_url=f"{postgres.server.tcp_url}?{more}"))
    await db.start()
    assert await db.read(lambda each: each.execute(sa.text("SHOW application_name")).scalar_one()) == "tutti"
    await db.stop()


async def test_what_an_address_wants_encrypted_is_never_sent_plain(postgres: Postgres) -> None:
    db = open_database(Base(database_url=f"{postgres.server.tcp_url}?sslmode=require"))
    with pytest.raises(ConnectionError, match="SSL"):  # this server has no certificate
        await db.start()


async def test_a_pool_that_the_server_cannot_fill_is_pointed_out(postgres: Postgres) -> None:
    for overflow, said in ((1, False), (100, True)):
        db = open_database(Base(database_url=postgres.admin_url), DatabaseSettings(overflow=overflow))
        with capture_logs() as lines:
            await db.start()
        await db.stop()
        assert any("fewer connections" in line["event"] for line in lines) is said
