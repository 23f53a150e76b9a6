"""Through a real pgbouncer in transaction mode: few connections, each lent for one transaction."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from bench.library import generate
from sqlalchemy import Connection

from commands.terminal import shell
from services.streaming.station import Station, on_air
from support.pgbouncer import BINARY, running_pgbouncer
from support.postgres import Postgres, address_in
from support.server import wait_for
from tutti.kit.db import Database, DatabaseBusy, DatabaseSettings, open_database
from tutti.kit.db.connecting import look_at
from tutti.kit.events.tables import cursors
from tutti.kit.settings import Base

TRACKS = 60
AT_ONCE = 20
GONE_MS = 60_000
"""Longest wait for the end of connections that were told to end."""
PATIENT = DatabaseSettings(acquire_timeout_ms=60_000, connect_timeout_ms=30_000)
"""Many wait for few connections here, for as long as a busy machine takes; the other limits are the usual ones."""

pytestmark = pytest.mark.skipif(BINARY is None and not os.environ.get("CI"), reason="pgbouncer is not installed")


@pytest.fixture(scope="module")
def pooled(own_postgres: Postgres) -> Iterator[str]:
    """The address of a pgbouncer that has five connections to give."""
    with running_pgbouncer(own_postgres.server, pool=5) as address:
        yield address


@pytest.fixture
async def url(own_postgres: Postgres, pooled: str) -> AsyncIterator[str]:
    """A migrated database, seen through the pooler."""
    async with own_postgres.fresh_database() as direct:
        database = sa.make_url(direct).database
        assert database is not None
        yield address_in(pooled, database)


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    database = open_database(Base(database_url=url, database_pool=AT_ONCE), PATIENT)
    await database.start()
    yield database
    await database.stop()


def write(db: Connection, name: str) -> None:
    db.execute(sa.insert(cursors).values(consumer=name, seq=1, rewinds=0))


def settings_of(db: Connection) -> tuple[str, ...]:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    return tuple(db.execute(sa.text(f"SELECT current_setting('{name}')")).scalar_one() for name in names)


async def test_a_pooler_is_found_by_itself(url: str, own_postgres: Postgres) -> None:
    assert (await look_at(url, DatabaseSettings())).pooled
    assert not (await look_at(own_postgres.admin_url, DatabaseSettings())).pooled
    assert (await look_at(own_postgres.admin_url, DatabaseSettings(pooler="transaction"))).pooled
    assert not (await look_at(url, DatabaseSettings(pooler="none"))).pooled


async def test_limits_hold_in_each_transaction_and_are_left_to_nobody_else(db: Database, url: str) -> None:
    limits = ("1min", "10s", "8s")
    assert await db.read(settings_of) == limits
    async with db.transaction() as tx:
        assert await tx.run(settings_of) == limits
    other = open_database(
        Base(database_url=url), DatabaseSettings(statement_timeout_ms=0, lock_timeout_ms=0, idle_timeout_ms=0)
    )
    await other.start()
    assert await other.read(settings_of) == ("0", "0", "0")
    await other.stop()


async def test_limits_that_the_role_has_already_cost_nothing(own_postgres: Postgres, url: str) -> None:
    assert (await look_at(url, DatabaseSettings())).prologue
    database = sa.make_url(url).database
    for name, value in (("statement", "1min"), ("lock", "10s"), ("idle_in_transaction_session", "8s")):
        await own_postgres.execute(f"ALTER DATABASE {database} SET {name}_timeout = '{value}'")
    await own_postgres.execute(
        f"SELECT pg_terminate_backend(pid, {GONE_MS}) FROM pg_stat_activity WHERE datname = '{database}'"
    )
    assert (await look_at(url, DatabaseSettings())).prologue == ""


async def test_many_at_once_share_few_connections(db: Database) -> None:
    async def use(number: int) -> list[str]:
        await db.write(write, f"{number:03}")
        select = sa.select(cursors.c.consumer).where(cursors.c.consumer == f"{number:03}")
        return await db.read(lambda connection: list(connection.execute(select).scalars()))

    assert await asyncio.gather(*map(use, range(200))) == [[f"{number:03}"] for number in range(200)]


async def test_a_cursor_keeps_its_place_while_others_work(db: Database) -> None:
    names = [f"{number:04}" for number in range(1000)]
    rows = [{"consumer": name, "seq": 1, "rewinds": 0} for name in names]
    await db.write(lambda connection: connection.execute(sa.insert(cursors), rows))

    async def read_all() -> list[str]:
        select = sa.select(cursors.c.consumer).order_by(cursors.c.consumer)
        return [row.consumer async for batch in db.stream(select, batch=100) for row in batch]

    assert await asyncio.gather(*(read_all() for _ in range(8))) == [names] * 8


async def test_a_pooler_that_has_nothing_to_give_is_not_waited_for_long(db: Database, url: str) -> None:
    hasty = open_database(Base(database_url=url, database_pool=AT_ONCE), DatabaseSettings(acquire_timeout_ms=300))
    await hasty.start()
    holding, done = asyncio.Barrier(6), asyncio.Event()

    async def hold() -> None:
        async with db.transaction() as tx:
            await tx.run(settings_of)
            await holding.wait()
            await done.wait()

    held = [asyncio.create_task(hold()) for _ in range(5)]
    await holding.wait()
    with pytest.raises(DatabaseBusy):
        await hasty.read(settings_of)
    done.set()
    await asyncio.gather(*held)
    await until_served(hasty)
    await hasty.stop()


async def until_served(db: Database) -> None:
    """Read, again where a busy machine took longer than a short patience."""
    async with asyncio.timeout(60):
        while True:
            try:
                assert await db.read(settings_of)
            except DatabaseBusy:
                await asyncio.sleep(0.05)
            else:
                return


async def test_a_restart_of_the_server_behind_it_is_survived(db: Database, own_postgres: Postgres) -> None:
    await asyncio.gather(*(db.read(settings_of) for _ in range(8)))
    await asyncio.to_thread(own_postgres.server.restart)
    assert await db.read(settings_of)
    await db.write(write, "after")


async def test_a_name_is_held_through_it(db: Database) -> None:
    async with db.exclusive("scan"):
        assert await asyncio.gather(*(db.read(settings_of) for _ in range(20)))


async def test_several_migrate_at_once_through_it(own_postgres: Postgres, pooled: str, tmp_path: Path) -> None:
    async with own_postgres.empty_database() as direct:
        database = sa.make_url(direct).database
        assert database is not None
        address = address_in(pooled, database)
        runs = (
            asyncio.to_thread(shell, "migrate", data_dir=tmp_path / str(number), TUTTI_DATABASE_URL=address)
            for number in range(3)
        )
        assert [ran.code for ran in await asyncio.gather(*runs)] == [0, 0, 0]


@pytest.fixture(scope="module")
def station(own_postgres: Postgres, pooled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """All of Tutti behind the pooler, with a scanned library."""
    folder = tmp_path_factory.mktemp("pooled")
    generate(folder / "music", tracks=TRACKS, seed=3)
    asyncio.run(own_postgres.execute("CREATE DATABASE station"))
    variables = {"TUTTI_DATABASE_URL": address_in(pooled, "station"), "TUTTI_DATABASE_POOL": "8"}
    variables |= {"TUTTI_DATABASE_ACQUIRE_TIMEOUT_MS": str(PATIENT.acquire_timeout_ms)}
    with on_air(folder / "data", folder / "music", **variables) as started:
        yield started


def listen(station: Station, track_id: str) -> int:
    """Look around, hear a track, and report it; return how many bytes came."""
    with station.client() as client:
        for path in ("/tracks", "/albums", "/artists", "/genres", "/search?q=a"):
            client.get(path).raise_for_status()
        direct = client.post(f"/stream/{track_id}").raise_for_status().json()["direct"]
        heard = httpx.get(station.server.url + direct, timeout=60).raise_for_status()
        start: dict[str, Any] = {"playId": f"play-{track_id}", "trackId": track_id, "playedMs": 0, "positionMs": 0}
        end = start | {"kind": "completed", "playedMs": 600_000, "positionMs": 600_000}
        at = datetime.now(UTC).isoformat()
        events = [start | {"kind": "started", "occurredAt": at}, end | {"occurredAt": at}]
        client.post("/playback/events", json={"events": events}).raise_for_status()
        return len(heard.content)


def test_everything_works_behind_it_for_many_at_once(station: Station) -> None:
    with station.client() as client:
        tracks = client.get("/tracks", params={"limit": 200}).raise_for_status().json()["items"]
    track_ids = {track["id"] for track in tracks}
    assert len(track_ids) == TRACKS
    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert all(threads.map(lambda track_id: listen(station, track_id), track_ids))
    with station.client() as client:
        history = client.get("/me/history", params={"limit": 200}).raise_for_status().json()["items"]
        assert {each["trackId"] for each in history} == track_ids

        def counted() -> bool:
            tracks = client.get("/tracks", params={"limit": 200}).raise_for_status().json()["items"]
            return all(track["playCount"] == 1 for track in tracks)

        wait_for(counted, lambda: "the events of listens did not all come")
    assert [line for line in station.server.output if '"level": "error"' in line] == []
