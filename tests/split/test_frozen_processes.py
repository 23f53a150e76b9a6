"""A process that is stopped with a lock in its hand: the server takes it away, and the process does no harm later."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from split.frozen_worker import Told
from support.pgbouncer import BINARY, running_pgbouncer
from support.postgres import Postgres, address_in
from tutti.kit.db import Database, DatabaseBusy, open_database
from tutti.kit.events import outbox
from tutti.kit.events.event import seal
from tutti.kit.events.tables import outbox as told
from tutti.kit.settings import Base

WORKER = Path(__file__).with_name("frozen_worker.py")
ROOT = Path(__file__).parents[2]
LIMIT_S = 40
"""Less than the minute for which nothing but the server's patience used to count."""


@pytest.fixture(scope="module")
def pooled(own_postgres: Postgres) -> Iterator[str]:
    if BINARY is None and not os.environ.get("CI"):
        pytest.skip("pgbouncer is not installed")
    with running_pgbouncer(own_postgres.server, pool=5) as address:
        yield address


@pytest.fixture(params=["direct", "pooled"])
async def url(request: pytest.FixtureRequest, own_postgres: Postgres) -> AsyncIterator[str]:
    """A database of this test, over TCP: straight, and through a pooler."""
    server = request.getfixturevalue("pooled") if request.param == "pooled" else own_postgres.server.tcp_url
    async with own_postgres.fresh_database() as direct:
        database = sa.make_url(direct).database
        assert database is not None
        yield address_in(server, database)


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    database = open_database(Base(database_url=url))
    await database.start()
    yield database
    await database.stop()


@asynccontextmanager
async def frozen(url: str, what: str) -> AsyncGenerator[Process, None]:
    """Start a process that does ``what``, and stop it in the middle."""
    environ = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))}
    process = await asyncio.create_subprocess_exec(sys.executable, str(WORKER), url, what, env=environ, stdout=PIPE)
    try:
        assert await line_of(process) == "there"
        if what == "hold":  # the others stop by themselves
            process.send_signal(signal.SIGSTOP)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line_of(process: Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), LIMIT_S)).decode().strip()


async def tell(db: Database) -> None:
    """Tell an event, as soon as it can be: requests that find the log taken are told to come again."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                return await db.write(lambda connection: outbox.append(connection, [seal(Told(by="other"))]))
            except DatabaseBusy:
                await asyncio.sleep(0.05)


async def is_waited_for(db: Database) -> None:
    """Wait until the server cannot go on with an answer."""
    stuck = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'")
    async with asyncio.timeout(LIMIT_S):
        while not await db.read(lambda connection: connection.scalar(stuck)):
            await asyncio.sleep(0.05)


def list_told(db: Connection) -> list[str]:
    return list(db.execute(sa.select(told.c.key).order_by(told.c.seq)).scalars())


async def test_a_name_is_taken_over_from_a_frozen_holder(db: Database, url: str) -> None:
    async with frozen(url, "hold") as process, db.exclusive("work", patience_s=LIMIT_S) as hold:
        process.send_signal(signal.SIGCONT)
        assert await line_of(process) == "HOLD_LOST"
        await db.write(hold.check)


async def test_a_frozen_publisher_stops_no_other(db: Database, url: str) -> None:
    async with frozen(url, "tell") as process:
        await tell(db)
        process.send_signal(signal.SIGCONT)
        assert await line_of(process) == "DATABASE_AWAY"
        await tell(db)
    assert await db.read(list_told) == ["other", "other"]


@pytest.mark.parametrize("url", ["direct"], indirect=True)
async def test_one_that_is_frozen_in_the_middle_of_an_answer_stops_no_other(db: Database, url: str) -> None:
    async with frozen(url, "read") as process:
        await is_waited_for(db)
        await tell(db)
        process.send_signal(signal.SIGCONT)
        assert await line_of(process) == "DATABASE_AWAY"
    assert await db.read(list_told) == ["other"]


async def test_a_holder_that_only_waits_keeps_its_name(db: Database) -> None:
    """For longer than the server waits for one that says nothing."""
    async with db.exclusive("work") as hold:
        await asyncio.sleep(10)
        await db.write(hold.check)
