"""How a process is put together: what is here is asked directly, what is elsewhere over gRPC."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from kit.rpc.copies import reserved_port
from support.patience import PATIENT_CALLS
from support.postgres import Postgres
from tutti.kit.db.migrations import SchemaBehind
from tutti.kit.ids import new_id
from tutti.kit.service import NotHere, Process
from tutti.kit.settings import Settings
from tutti.kit.web import create_app
from tutti.main import APIS, SERVICES, build_process, opened, running
from tutti.services.catalog.api import Catalog, TrackNotFound, Viewer

SECRET = "a secret that all processes share"


def test_what_services_answer_is_known_to_those_without_them(tmp_path: Path) -> None:
    process = build_process(Settings({}, {"data_dir": tmp_path}))
    answered = {service.name: list(service.answers) for service in process.services if service.answers}
    assert answered == {name: [api] for name, api in APIS.items()}
    assert [service.name for service in process.services] == list(SERVICES)


def test_a_part_that_asks_others_cannot_be_alone(tmp_path: Path) -> None:
    with pytest.raises(NotHere, match="catalog"):
        build_process(Settings({}, {"data_dir": tmp_path}), ["playback"])
    assert not build_process(Settings({}, {"data_dir": tmp_path}), ["accounts", "catalog", "playback"]).asked


def test_a_part_asks_what_it_needs(tmp_path: Path) -> None:
    process = build_process(Settings({"TUTTI_CLUSTER_SECRETS": SECRET}, {"data_dir": tmp_path}), ["streaming"])
    assert process.asked >= {"accounts", "catalog", "media"}


@asynccontextmanager
async def part(folder: Path, environ: Mapping[str, str], *services: str) -> AsyncIterator[Process]:
    settings = Settings({"TUTTI_CLUSTER_SECRETS": SECRET, **environ}, {"data_dir": folder / "-".join(services)})
    async with running(build_process(settings, services)) as process:
        yield process


@pytest.fixture
async def database_url(postgres: Postgres) -> AsyncIterator[str]:
    async with postgres.fresh_database() as url:
        yield url


async def test_a_service_cannot_tell_which_it_got(tmp_path: Path, database_url: str) -> None:
    async with AsyncExitStack() as stack:
        port = stack.enter_context(reserved_port())
        here = {"TUTTI_DATABASE_URL": database_url, "TUTTI_CLUSTER_RPC_PORT": str(port), **PATIENT_CALLS}
        there = {"TUTTI_DATABASE_URL": database_url, "TUTTI_CLUSTER_RPC_PORT": "0", **PATIENT_CALLS}
        peers = ",".join(f"{name}=127.0.0.1:{port}" for name in ("accounts", "catalog"))
        await stack.enter_async_context(part(tmp_path, here, "accounts", "catalog"))
        asking = await stack.enter_async_context(part(tmp_path, {**there, "TUTTI_PEERS": peers}, "playback"))
        viewer, no_track = Viewer(new_id(), is_admin=False), new_id()
        assert await asking.get(Catalog).get_tracks(viewer, [no_track]) == []
        with pytest.raises(TrackNotFound):
            await asking.get(Catalog).get_original(viewer, no_track)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(create_app(asking)), base_url="http://tutti.test")
        async with client:
            assert (await client.get("/api/v1/me/history")).status_code == 401
        async with asking.db.transaction():
            with pytest.raises(RuntimeError, match="inside an open transaction"):
                await asking.get(Catalog).get_tracks(viewer, [])


async def test_one_of_several_leaves_the_schema_to_the_operator(tmp_path: Path, postgres: Postgres) -> None:
    async with postgres.empty_database() as url:
        environ = {"TUTTI_CLUSTER_SECRETS": SECRET, "TUTTI_DATABASE_URL": url, "TUTTI_DATABASE_SCHEMA_WAIT_S": "0"}
        process = build_process(Settings(environ, {"data_dir": tmp_path}))
        with pytest.raises(SchemaBehind, match="tutti migrate"):
            async with opened(process):
                pass
