"""One holder of a name: whoever it is, however it ends, and however its connection ends."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from support.copies import begin_holding, two_databases
from support.postgres import Postgres
from tutti.kit.db import Busy, Database, HoldLost, open_database
from tutti.kit.settings import Base

LIMIT_S = 90
HOLDING = """
import asyncio, sys
from pathlib import Path
from tutti.kit.db import open_database
from tutti.kit.settings import Base

async def main():
    db = open_database(Base(data_dir=Path(sys.argv[1]), database_url=sys.argv[2]))
    await db.start()
    async with db.exclusive("work"):
        print("held", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
async def other(base: Base) -> AsyncIterator[Database]:
    """The same database as another process has it open."""
    database = open_database(base)
    await database.start()
    yield database
    await database.stop()


async def is_free(db: Database, name: str = "work") -> bool:
    try:
        async with db.exclusive(name):
            return True
    except Busy:
        return False


async def becomes_free(db: Database) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not await is_free(db):
            await asyncio.sleep(0.01)


async def test_one_holds_it_and_gives_it_back(db: Database, other: Database) -> None:
    async with db.exclusive("work") as hold:
        await db.write(hold.check)
        assert not await is_free(db), "not even for itself"
        assert not await is_free(other)
        assert await is_free(other, "other work")
    assert await is_free(other)
    with pytest.raises(ZeroDivisionError):
        async with db.exclusive("work"):
            raise ZeroDivisionError
    assert await is_free(other)


async def test_of_many_at_once_one_holds_it(db: Database, other: Database) -> None:
    holding, most, done = 0, 0, 0

    async def work(database: Database) -> None:
        nonlocal holding, most, done
        while True:
            try:
                async with database.exclusive("work"):
                    holding += 1
                    most = max(most, holding)
                    await asyncio.sleep(0)
                    holding -= 1
                    done += 1
                    return
            except Busy:
                await asyncio.sleep(0.005)

    await asyncio.wait_for(asyncio.gather(*(work(each) for each in (db, other) * 5)), LIMIT_S)
    assert (most, done) == (1, 10)


async def test_the_patient_get_it_when_it_is_free(db: Database, other: Database) -> None:
    free, held = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with other.exclusive("work"):
            held.set()
            await free.wait()

    holding = asyncio.create_task(hold())
    await asyncio.wait_for(held.wait(), LIMIT_S)
    with pytest.raises(Busy):
        async with db.exclusive("work", patience_s=0.1):
            pass
    asyncio.get_running_loop().call_later(0.1, free.set)
    async with db.exclusive("work", patience_s=LIMIT_S):
        await asyncio.wait_for(holding, LIMIT_S)


async def test_the_holder_works_in_transactions_of_its_own(db: Database) -> None:
    async with db.exclusive("work") as hold, db.transaction() as tx:
        await tx.run(hold.check)
        assert await tx.run(lambda db: db.scalar(sa.select(1))) == 1


async def test_the_pool_is_for_others(db: Database) -> None:
    """As many holds as the pool has connections, and reads go on."""
    async with db.exclusive("a"), db.exclusive("b"), db.exclusive("c"), db.exclusive("d"), db.exclusive("e"):
        reads = (db.read(lambda db: db.scalar(sa.select(1))) for _ in range(8))
        assert await asyncio.wait_for(asyncio.gather(*reads), LIMIT_S) == [1] * 8


async def test_a_cancelled_holder_gives_it_back(db: Database, other: Database) -> None:
    held = asyncio.Event()

    async def work() -> None:
        async with db.exclusive("work"):
            held.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.wait_for(held.wait(), LIMIT_S)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await is_free(other)


async def test_a_killed_holder_leaves_it_free(base: Base, db: Database) -> None:
    command = [sys.executable, "-c", HOLDING, str(base.data_dir), base.database_url]
    with subprocess.Popen(  # noqa: ASYNC220
        command, stdout=subprocess.PIPE, env=os.environ
    ) as process:
        try:
            assert process.stdout is not None
            assert await asyncio.to_thread(process.stdout.readline) == b"held\n"
            assert not await is_free(db)
        finally:
            process.send_signal(signal.SIGKILL)
    await becomes_free(db)


@pytest.fixture
async def copies(postgres: Postgres) -> AsyncIterator[tuple[Database, Database]]:
    """Two processes on one PostgreSQL."""
    async with two_databases(postgres) as pair:
        yield pair


HOLDERS = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


async def cut(db: Database) -> None:
    """End the connection that holds the lock, as an operator of the server or a broken network would."""
    await db.read(lambda db: db.execute(sa.text(HOLDERS)).close())


async def test_a_holder_whose_connection_is_cut_is_stopped(copies: tuple[Database, Database]) -> None:
    here, there = copies
    task = await begin_holding(here, "work", LIMIT_S)
    await cut(there)
    with pytest.raises(HoldLost):
        await asyncio.wait_for(task, LIMIT_S)
    await becomes_free(there)


async def test_a_cut_is_told_from_being_cancelled(copies: tuple[Database, Database]) -> None:
    """Whoever cancels the holder meanwhile gets the cancellation that they asked for."""
    here, there = copies
    held, lost = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with here.exclusive("work"):
            held.set()
            try:
                await asyncio.Event().wait()
            finally:
                lost.set()
                await asyncio.Event().wait()  # until it is cancelled once more

    task = asyncio.create_task(work())
    await asyncio.wait_for(held.wait(), LIMIT_S)
    await cut(there)
    await asyncio.wait_for(lost.wait(), LIMIT_S)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_old_holder_that_heard_nothing_writes_nothing_once_there_is_a_new_one(
    copies: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its fence is in the database: it holds even where the cut is noticed late."""
    here, there = copies
    monkeypatch.setattr("tutti.kit.db.exclusive._SharedHold.lose", lambda _: None)
    async with here.exclusive("work") as old:
        await here.write(old.check)
        await cut(there)
        await becomes_free(there)
        async with there.exclusive("work") as new:
            with pytest.raises(HoldLost):
                await here.write(old.check)
            await there.write(new.check)


async def test_a_new_holder_waits_for_what_the_old_one_is_about_to_commit(
    copies: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = copies
    monkeypatch.setattr("tutti.kit.db.exclusive._SharedHold.lose", lambda _: None)
    order: list[str] = []

    async def take_over() -> None:
        while "new" not in order:
            try:
                async with there.exclusive("work"):
                    order.append("new")
            except Busy:
                await asyncio.sleep(0.01)

    async with here.exclusive("work") as old:
        async with here.transaction() as tx:
            await tx.run(old.check)
            await cut(there)
            taking = asyncio.create_task(take_over())
            waiting = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            async with asyncio.timeout(LIMIT_S):
                while not await there.read(lambda db: db.scalar(waiting)):
                    await asyncio.sleep(0.01)
            order.append("old")
        await asyncio.wait_for(taking, LIMIT_S)
    assert order == ["old", "new"]
