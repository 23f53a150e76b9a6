"""How little a segment asks: nothing of the database, and of ffmpeg only what nobody asked for before."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from sqlalchemy import Engine, event

from support.audio import make_audio
from support.people import PASSWORD
from tutti.kit.service import Process
from tutti.kit.settings import Settings
from tutti.services.accounts.service import AccountsService
from tutti.services.catalog.service.scanning import ScanService

_DOMAIN = ("accounts_", "catalog_", "media_")
_WAITS_S = 60


@contextmanager
def statements() -> Generator[list[str], None, None]:
    """What is asked of the tables of services during a block; events and their cursors go on beside it."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if any(word in statement for word in _DOMAIN):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """What was found out stays good for longer than any machine takes for this; nobody watches libraries beside it."""
    environ = {"TUTTI_STREAMING_ADMISSION_S": "60", "TUTTI_CATALOG_WATCH": "false"}
    return Settings(environ, {"data_dir": data_dir})


@pytest.fixture
async def token(process: Process, client: httpx.AsyncClient) -> str:
    await process.provided(AccountsService).create_user("ada", PASSWORD, "admin")
    answer = await client.post("/auth/login", json={"name": "ada", "password": PASSWORD})
    return answer.raise_for_status().json()["accessToken"]


@pytest.fixture
async def stream(process: Process, client: httpx.AsyncClient, token: str, tmp_path: Path) -> dict[str, Any]:
    """A track's addresses, once the news of the scan has gone round: each makes streaming ask anew."""
    client.headers["Authorization"] = f"Bearer {token}"
    make_audio(tmp_path / "music", "song", "flac", seconds=20)
    body = {"name": "m", "path": str(tmp_path / "music"), "watch": False}
    library = (await client.post("/libraries", json=body)).raise_for_status().json()
    await client.post(f"/libraries/{library['id']}/scan", json={})
    async with asyncio.timeout(_WAITS_S):
        while not (tracks := (await client.get("/tracks")).raise_for_status().json()["items"]):
            await asyncio.sleep(0.05)
        while (await client.get(f"/libraries/{library['id']}/scan")).raise_for_status().json()["state"] == "running":
            await asyncio.sleep(0.05)
        await process.provided(ScanService).wait(library["id"])  # it is over for all to see before it is written down
        while any(lag.behind for lag in await process.events.lag()):
            await asyncio.sleep(0.05)
    stream = (await client.post(f"/stream/{tracks[0]['id']}")).raise_for_status().json()
    del client.headers["Authorization"]
    return stream


async def test_segments_ask_nothing_of_the_database(client: httpx.AsyncClient, stream: dict[str, Any]) -> None:
    master = f"http://tutti.test{stream['hls']}"

    async def text(url: str) -> str:
        return (await client.get(url)).raise_for_status().text

    with statements() as asked:
        index = urljoin(master, next(line for line in (await text(master)).splitlines() if line.startswith("aac64/")))
        assert asked, "the first request asks who this is, and what they may hear"
        asked.clear()
        lines = (await text(index)).splitlines()
        segments = [urljoin(index, line) for line in lines if line and not line.startswith("#")]
        for url in [*segments, *segments]:
            assert (await client.get(url)).status_code == 200
        assert asked == []


async def test_what_changes_is_asked_anew(client: httpx.AsyncClient, stream: dict[str, Any], token: str) -> None:
    master = f"http://tutti.test{stream['hls']}"
    assert (await client.get(master)).status_code == 200
    bearer = {"Authorization": f"Bearer {token}"}
    (library,) = (await client.get("/libraries", headers=bearer)).json()
    await client.delete(f"/libraries/{library['id']}", headers=bearer)
    async with asyncio.timeout(_WAITS_S):
        while (await client.get(master)).status_code != 404:
            await asyncio.sleep(0.05)
