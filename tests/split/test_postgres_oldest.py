"""The oldest PostgreSQL that we support, where Debian has put it; `TUTTI_TEST_POSTGRES` runs all other tests on it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from bench.library import generate

from services.streaming.station import on_air
from support.catalogue import seed
from support.postgres import Postgres, running_postgres
from support.postgres_server import OLDEST
from tutti.kit.db import Database, open_database
from tutti.kit.db.connecting import UnsupportedServer
from tutti.kit.settings import Base
from tutti.services.catalog.tables import tracks

pytestmark = pytest.mark.skipif(not OLDEST.is_dir(), reason="PostgreSQL 15 is not installed")
TRACKS = 20


@pytest.fixture(scope="module")
def oldest() -> Iterator[Postgres]:
    with running_postgres(OLDEST) as server:
        yield server


@pytest.fixture
async def db(oldest: Postgres) -> AsyncIterator[Database]:
    async with oldest.fresh_database() as url:
        database = open_database(Base(database_url=url))
        await database.start()
        yield database
        await database.stop()


async def test_it_is_the_oldest(db: Database) -> None:
    version = await db.read(lambda each: each.execute(sa.text("SHOW server_version_num")).scalar_one())
    assert int(version) // 10_000 == 15
    await db.check_schema()


async def test_cursors_locks_and_search_work_on_it(db: Database) -> None:
    seeded = await db.write(seed, 50)
    found = [row.id async for batch in db.stream(sa.select(tracks.c.id), batch=7) for row in batch]
    assert sorted(found) == sorted(seeded.track_ids)
    async with db.exclusive("work"):
        await db.read(lambda each: each.execute(sa.select(1)))


def test_all_of_tutti_works_on_it(oldest: Postgres, tmp_path: Path) -> None:
    generate(tmp_path / "music", tracks=TRACKS, seed=3)
    asyncio.run(oldest.execute("CREATE DATABASE station"))
    settings = {"TUTTI_DATABASE_URL": oldest.url("station")}
    with on_air(tmp_path / "data", tmp_path / "music", **settings) as station, station.client() as client:
        listed = client.get("/tracks", params={"limit": 200}).raise_for_status().json()["items"]
        assert len(listed) == TRACKS
        found = client.get("/search", params={"q": listed[0]["title"]}).raise_for_status().json()
        assert listed[0]["id"] in str(found)
        direct = client.post(f"/stream/{listed[0]['id']}").raise_for_status().json()["direct"]
        assert client.get(station.server.url + direct).raise_for_status().content


async def test_an_older_one_is_refused(oldest: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutti.kit.db.connecting.OLDEST", 16)
    db = open_database(Base(database_url=oldest.admin_url))
    with pytest.raises(UnsupportedServer, match=r"PostgreSQL 15 is too old for Tutti: it needs 16 or newer\."):
        await db.start()
