"""PostgreSQL restarts, hangs or is busy: requests hear 503 and when to come back, and we go on by ourselves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from support.postgres import Postgres
from tutti.kit.db import Database, DatabaseAway, DatabaseBusy, DatabaseSettings, open_database
from tutti.kit.db.database import Transaction
from tutti.kit.events.tables import cursors
from tutti.kit.settings import Base

T = TypeVar("T")
PATIENT = DatabaseSettings(
    overflow=0,
    acquire_timeout_ms=30_000,
    statement_timeout_ms=31_000,
    lock_timeout_ms=32_000,
    idle_timeout_ms=33_000,
    connect_timeout_ms=30_000,
)
"""Limits that no pause of a busy machine reaches; a test shortens those that it is about."""
LIMIT_S = 60


def short(**limits: int) -> pytest.MarkDecorator:
    """Let a test's database be patient but for these."""
    return pytest.mark.parametrize("limits", [msgspec.structs.replace(PATIENT, **limits)], ids=["short"])


@pytest.fixture
def limits() -> DatabaseSettings:
    return PATIENT


@pytest.fixture
async def url(own_postgres: Postgres) -> AsyncIterator[str]:
    async with own_postgres.fresh_database() as address:
        yield address


@pytest.fixture
async def db(url: str, limits: DatabaseSettings) -> AsyncIterator[Database]:
    database = open_database(Base(database_url=url, database_pool=2), limits)
    await database.start()
    yield database
    await database.stop()


def answer(db: Connection) -> int:
    return db.execute(sa.text("SELECT 42")).scalar_one()


def sleep(db: Connection) -> None:
    db.execute(sa.text("SELECT pg_sleep(60)"))


def setting(db: Connection, name: str) -> str:
    return db.execute(sa.text("SELECT current_setting(:name)"), {"name": name}).scalar_one()


def write(db: Connection, name: str) -> None:
    db.execute(sa.insert(cursors).values(consumer=name, seq=1, rewinds=0))


def written(db: Connection) -> set[str]:
    return set(db.execute(sa.select(cursors.c.consumer)).scalars())


async def fill(db: Database) -> None:
    """Have every connection of the pool open, so that all of them are lost."""
    await asyncio.gather(*(patiently(db, answer) for _ in range(8)))


async def patiently(db: Database, query: Callable[[Connection], T]) -> T:
    """Read as a good client does: a pause of the machine may be longer than a limit that is short here."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                return await db.read(query)
            except (DatabaseAway, DatabaseBusy):
                await asyncio.sleep(0.05)


async def test_limits_reach_the_server(db: Database) -> None:
    async with db.transaction() as tx:
        assert await tx.run(setting, "statement_timeout") == "31s"
        assert await tx.run(setting, "lock_timeout") == "32s"
        assert await tx.run(setting, "idle_in_transaction_session_timeout") == "33s"
    assert await db.read(setting, "statement_timeout") == "31s"


@short(statement_timeout_ms=500)
async def test_a_statement_that_takes_too_long_is_ended(db: Database) -> None:
    with pytest.raises(DatabaseBusy) as busy:
        await db.read(sleep)
    assert busy.value.headers == {"Retry-After": "2"}
    with pytest.raises(DatabaseBusy):
        await db.write(sleep)
    assert await patiently(db, answer) == 42


@short(acquire_timeout_ms=200)
async def test_a_pool_that_is_used_up_is_not_waited_for_long(db: Database) -> None:
    holding, done = asyncio.Barrier(3), asyncio.Event()

    async def hold() -> None:
        async with db.transaction() as tx:
            await tx.run(answer)
            await holding.wait()
            await done.wait()

    held = [asyncio.create_task(hold()) for _ in range(2)]
    await holding.wait()
    with pytest.raises(DatabaseBusy):
        await db.read(answer)
    done.set()
    await asyncio.gather(*held)
    assert await db.read(answer) == 42


@short(lock_timeout_ms=200)
async def test_a_lock_is_not_waited_for_long(db: Database) -> None:
    await db.write(write, "held")
    update = sa.update(cursors).values(seq=2)
    async with db.transaction() as tx:
        await tx.run(lambda connection: connection.execute(update))
        with pytest.raises(DatabaseBusy):
            await asyncio.create_task(other_write(db, update))


async def other_write(db: Database, update: sa.Update) -> None:
    """In a context of its own: this one has a transaction open."""
    async with db._engine.writing() as lease:
        await lease.run(lambda connection: connection.execute(update))


@short(idle_timeout_ms=300)
async def test_a_transaction_that_nobody_goes_on_with_is_ended(db: Database, own_postgres: Postgres) -> None:
    async def forget(tx: Transaction) -> None:
        await tx.run(write, "forgotten")
        await until_no_session_is(own_postgres, "idle in transaction")
        await tx.run(write, "too late")

    with pytest.raises(DatabaseAway):
        async with db.transaction() as tx:
            await forget(tx)
    assert await patiently(db, written) == set()


async def until_no_session_is(postgres: Postgres, state: str) -> None:
    admin = open_database(Base(database_url=postgres.admin_url))
    await admin.start()
    query = sa.text("SELECT count(*) FROM pg_stat_activity WHERE state = :state")
    while await admin.read(lambda connection: connection.execute(query, {"state": state}).scalar_one()):
        await asyncio.sleep(0.02)
    await admin.stop()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_is_survived_without_ours(db: Database, own_postgres: Postgres, mode: str) -> None:
    await fill(db)
    await asyncio.to_thread(own_postgres.server.restart, mode)
    assert await db.read(answer) == 42
    await db.write(write, mode)
    assert await db.read(written) == {mode}


async def test_sessions_that_are_ended_are_replaced(db: Database, own_postgres: Postgres) -> None:
    await fill(db)
    await own_postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tutti'"
    )
    assert await asyncio.gather(*(db.read(answer) for _ in range(4))) == [42] * 4


async def test_without_a_server_everything_says_when_to_come_back(db: Database, own_postgres: Postgres) -> None:
    await fill(db)
    own_postgres.server.stop()
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: db.read(answer),
        lambda: db.write(write, "lost"),
        lambda: anext(aiter(db.stream(sa.select(cursors)))),
    ]
    try:
        for call in calls:
            with pytest.raises(DatabaseAway) as away:
                await call()
            assert away.value.headers == {"Retry-After": "2"}
        assert await db.find_problem() is not None
    finally:
        own_postgres.server.start()
    assert await db.find_problem() is None
    assert await db.read(written) == set()


async def test_a_transaction_cut_in_the_middle_is_none(db: Database, own_postgres: Postgres) -> None:
    with pytest.raises(DatabaseAway):
        async with db.transaction() as tx:
            await tx.run(write, "first")
            await asyncio.to_thread(own_postgres.server.restart, "immediate")
            await tx.run(write, "second")
    assert await db.read(written) == set()


@short(acquire_timeout_ms=500, statement_timeout_ms=500, connect_timeout_ms=4_000)
async def test_a_server_that_hangs_is_not_waited_for_forever(
    db: Database, own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutti.kit.db.connecting._COMMAND_GRACE_S", 0)
    await db.stop()
    await db.start()
    await fill(db)
    with own_postgres.server.hanging():
        with pytest.raises((DatabaseAway, DatabaseBusy)):
            await db.read(answer)
        with pytest.raises((DatabaseAway, DatabaseBusy)):
            await db.write(write, "lost")
    assert await patiently(db, answer) == 42


async def test_restarts_under_load_lose_nothing_and_double_nothing(db: Database, own_postgres: Postgres) -> None:
    """Each acknowledged write is there; of the others some may be, where the answer to the commit was lost."""
    acknowledged: set[str] = set()
    refused: set[str] = set()
    stop = asyncio.Event()

    async def work(worker: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            name = f"{worker}-{number}"
            try:
                await db.write(write, name)
            except (DatabaseAway, DatabaseBusy):
                refused.add(name)
                await asyncio.sleep(0.01)
            else:
                acknowledged.add(name)

    workers = [asyncio.create_task(work(each)) for each in range(4)]
    for mode in ("fast", "immediate", "fast"):
        before = len(acknowledged)
        while len(acknowledged) < before + 50:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(own_postgres.server.restart, mode)
    before = len(acknowledged)
    while len(acknowledged) < before + 50:
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.gather(*workers)  # raises where one met anything but the two
    there = await db.read(written)
    assert acknowledged <= there <= acknowledged | refused
