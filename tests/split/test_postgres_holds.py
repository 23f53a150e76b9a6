"""Holds through a real pgbouncer in transaction mode: it keeps the server's connection for as long as the hold."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest
import sqlalchemy as sa

from support.copies import begin_holding
from support.pgbouncer import BINARY, running_pgbouncer
from support.postgres import Postgres, address_in
from tutti.kit.db import Busy, Database, HoldLost, open_database
from tutti.kit.settings import Base

LIMIT_S = 30
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

pytestmark = pytest.mark.skipif(BINARY is None and not os.environ.get("CI"), reason="pgbouncer is not installed")


@pytest.fixture(scope="module")
def pooled(own_postgres: Postgres) -> Iterator[str]:
    with running_pgbouncer(own_postgres.server, pool=5) as address:
        yield address


@pytest.fixture
async def pair(own_postgres: Postgres, pooled: str) -> AsyncIterator[tuple[Database, Database]]:
    """Two processes on one database, seen through the pooler."""
    async with own_postgres.fresh_database() as direct:
        database = sa.make_url(direct).database
        assert database is not None
        here, there = (open_database(Base(database_url=address_in(pooled, database))) for _ in range(2))
        await here.start()
        await there.start()
        yield here, there
        await here.stop()
        await there.stop()


async def is_free(db: Database) -> bool:
    try:
        async with db.exclusive("work"):
            return True
    except Busy:
        return False


async def test_one_holds_it_while_others_work_through_the_same_pooler(pair: tuple[Database, Database]) -> None:
    here, there = pair
    async with here.exclusive("work") as hold:
        for _ in range(5):
            assert not await is_free(there)
            assert not await is_free(here)
            await here.write(hold.check)
        reads = (db.read(lambda db: db.scalar(sa.select(1))) for db in pair * 10)
        assert await asyncio.wait_for(asyncio.gather(*reads), LIMIT_S) == [1] * 20
    assert await is_free(there)


async def test_a_cut_behind_the_pooler_is_noticed(pair: tuple[Database, Database]) -> None:
    here, there = pair
    task = await begin_holding(here, "work", LIMIT_S)
    await there.write(lambda db: db.execute(sa.text(CUT)).close())
    with pytest.raises(HoldLost):
        await asyncio.wait_for(task, LIMIT_S)
    async with there.exclusive("work", patience_s=LIMIT_S):
        pass
