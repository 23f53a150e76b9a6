"""Each PostgreSQL that Tutti supports: what is said in SQL anywhere is said here once to all of them.

Left out is the one that all other tests run on; ``TUTTI_TEST_POSTGRES`` chooses it.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from bench.library import generate

from commands.terminal import Ran, shell
from services.streaming.station import on_air
from support.audio import audio_bytes
from support.catalogue import seed
from support.copies import begin_holding, two_databases
from support.postgres import Postgres, running_postgres
from support.postgres_versions import SUPPORTED, chosen_version, found_versions
from support.schema import described, differences
from support.server import running_server, wait_for
from support.solo import CHEAP, Solo, answer, answers, counted, make_solo, play, scan, upload
from tutti.kit.db import Busy, Database, HoldLost, open_database
from tutti.kit.db.connecting import UnsupportedServer
from tutti.kit.settings import Base
from tutti.services.catalog.tables import tracks

pytestmark = pytest.mark.solo("one process says all that copies say; the version is what differs")
OTHERS = {version: binaries for version, binaries in found_versions().items() if version != chosen_version()}
TRACKS = 20
LIMIT_S = 30
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture(scope="module", params=OTHERS)
def version(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(scope="module")
def server(version: int) -> Iterator[Postgres]:
    with running_postgres(OTHERS[version]) as running:
        yield running


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Solo:
    return make_solo(tmp_path_factory.mktemp("solo"))


@pytest.fixture
async def pair(server: Postgres) -> AsyncIterator[tuple[Database, Database]]:
    """Two processes on one database."""
    async with two_databases(server) as pair:
        yield pair


@pytest.mark.skipif(not os.environ.get("CI"), reason="a machine need not have all of them")
def test_every_version_is_here() -> None:
    assert set(found_versions()) == set(SUPPORTED)


async def test_the_schema_is_made_from_nothing(
    server: Postgres, version: int, pair: tuple[Database, Database], tmp_path: Path
) -> None:
    async with server.empty_database() as url:

        def migrate(*more: str) -> int:
            return shell("migrate", *more, data_dir=tmp_path, TUTTI_DATABASE_URL=url).code

        assert [await asyncio.to_thread(migrate, *more) for more in (["--check"], [], [], ["--check"])] == [1, 0, 0, 0]
        db = open_database(Base(database_url=url))
        await db.start()
        number = await db.read(lambda each: each.execute(sa.text("SHOW server_version_num")).scalar_one())
        assert int(number) // 10_000 == version
        assert await db.read(differences) == []
        assert await db.read(described) == await pair[0].read(described)
        await db.stop()


def test_an_installation_moves_to_it_and_goes_on(solo: Solo, server: Postgres, tmp_path: Path) -> None:
    """Whatever a page, a list in any order or a search answers, it answers as SQLite did; then more happens."""
    data_dir = Path(shutil.copytree(solo.data_dir, tmp_path / "data"))
    asyncio.run(server.execute("CREATE DATABASE moved TEMPLATE migrated"))
    settings = CHEAP | {"TUTTI_DATABASE_URL": server.url("moved")}
    shell("move", "--to-database", server.url("moved"), data_dir=data_dir, **CHEAP).said()
    with running_server(data_dir, **settings) as running, running.client(solo.token) as client:
        assert answers(client) == solo.answers
        for track_id, content in solo.sounds.items():
            assert httpx.get(running.url + solo.addresses[track_id], timeout=60).raise_for_status().content == content
        running.log_in("eve")
        hear_more(client)
        change_more(client, running.url)

    def events(*tokens: str) -> Ran:
        return shell("events", *tokens, data_dir=data_dir, **settings)

    assert "catalog" in events("lag").said()
    assert [each["consumer"] for each in events("dead", "list", "--json").json()] == ["nobody"]
    events("dead", "retry", "--all").said()
    assert events("dead", "list", "--json").json() == []


def hear_more(client: httpx.Client) -> None:
    """Events: a listen is told, and counted by another service."""
    before = counted(client)
    play(client, [each["id"] for each in answer(client, "/tracks")["items"] if not each["playCount"]][:3])
    wait_for(lambda: counted(client) == before + 3, lambda: "the events of listens did not come")


def change_more(client: httpx.Client, url: str) -> None:
    """Upload, edit, merge, delete, and scan what is unchanged."""
    before = track_ids(client)
    upload(client, url, audio_bytes("flac", seconds=2))
    wait_for(lambda: len(track_ids(client)) == len(before) + 1, lambda: "the upload is not in the catalogue")
    kept = track_ids(client)
    edited, deleted = kept[:2]
    client.patch(f"/tracks/{edited}", json={"title": "Wholly renamed Größe"}).raise_for_status()
    found = client.get("/search", params={"q": "wholly grosse"}).raise_for_status().json()
    assert [each["id"] for each in found["tracks"]] == [edited]
    into, merged = (each["id"] for each in answer(client, "/artists")["items"][:2])
    client.post(f"/artists/{into}/merge", json={"from": [merged]}).raise_for_status()
    assert client.get(f"/artists/{merged}").status_code == 404
    client.delete(f"/tracks/{deleted}").raise_for_status()
    scan(client, next(each["id"] for each in answer(client, "/libraries") if each["kind"] == "folder"))
    assert set(track_ids(client)) == set(kept) - {deleted}


def track_ids(client: httpx.Client) -> list[str]:
    return [each["id"] for each in answer(client, "/tracks")["items"]]


def test_all_of_tutti_works_on_it(server: Postgres, tmp_path: Path) -> None:
    """From the first start: tables, setup, a scan, lists, a search, a stream."""
    generate(tmp_path / "music", tracks=TRACKS, seed=3)
    asyncio.run(server.execute("CREATE DATABASE station"))
    with (
        on_air(tmp_path / "data", tmp_path / "music", TUTTI_DATABASE_URL=server.url("station")) as station,
        station.client() as client,
    ):
        listed = client.get("/tracks", params={"limit": 200}).raise_for_status().json()["items"]
        assert len(listed) == TRACKS
        found = client.get("/search", params={"q": listed[0]["title"]}).raise_for_status().json()
        assert listed[0]["id"] in str(found)
        assert client.get(station.sign(listed[0]["title"])).raise_for_status().content


async def test_cursors_work_on_it(pair: tuple[Database, Database]) -> None:
    seeded = await pair[0].write(seed, 50)
    found = [row.id async for batch in pair[0].stream(sa.select(tracks.c.id), batch=7) for row in batch]
    assert sorted(found) == sorted(seeded.track_ids)


async def test_one_holds_a_name_on_it(pair: tuple[Database, Database]) -> None:
    here, there = pair
    task = await begin_holding(here, "work", LIMIT_S)
    with pytest.raises(Busy):
        async with there.exclusive("work"):
            pass
    await there.write(lambda db: db.execute(sa.text(CUT)).close())
    with pytest.raises(HoldLost):
        await asyncio.wait_for(task, LIMIT_S)
    async with there.exclusive("work", patience_s=LIMIT_S):
        pass


async def test_an_older_one_is_refused(server: Postgres, version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutti.kit.db.connecting.OLDEST", version + 1)
    db = open_database(Base(database_url=server.admin_url))
    said = rf"PostgreSQL {version} is too old for Tutti: it needs {version + 1} or newer\."
    with pytest.raises(UnsupportedServer, match=said):
        await db.start()
