"""While PostgreSQL is away every answer is one that the server has prepared: what needs no database, or 503."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from support.people import PASSWORD
from support.postgres import Postgres
from tutti.kit.settings import Settings
from tutti.kit.web import create_app
from tutti.main import build_process, running
from tutti.services.accounts.service import AccountsService

SETTINGS = {
    "TUTTI_ACCOUNTS_ARGON2_MEMORY_KIB": "8192",
    "TUTTI_ACCOUNTS_ARGON2_PASSES": "1",
    # Asked without a rest while the server restarts, which takes long on a busy machine.
    "TUTTI_LIMITS_READ": "0",
    "TUTTI_LIMITS_WRITE": "0",
}
READS = ("/tracks", "/albums", "/search?q=a", "/me/history", "/me", "/libraries", "/users")
WRITES = (
    ("POST", "/auth/login", {"name": "ada", "password": PASSWORD}),
    ("PATCH", "/me", {"displayName": "Ada"}),
    ("POST", "/invites", {"role": "listener"}),
)


@pytest.fixture
async def client(own_postgres: Postgres, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Logged in, to a process on a server of its own."""
    async with own_postgres.fresh_database() as url:
        settings = Settings(SETTINGS | {"TUTTI_DATABASE_URL": url}, {"data_dir": tmp_path})
        async with running(build_process(settings)) as process:
            await process.provided(AccountsService).create_user("ada", PASSWORD, "admin")
            transport = httpx.ASGITransport(create_app(process), raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://tutti.test/api/v1") as http:
                answer = await http.post("/auth/login", json={"name": "ada", "password": PASSWORD})
                http.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['accessToken']}"
                yield http


async def test_requests_are_told_to_come_back(client: httpx.AsyncClient, own_postgres: Postgres) -> None:
    assert [(await client.get(path)).status_code for path in READS] == [200] * len(READS)
    await asyncio.to_thread(own_postgres.server.stop)
    try:
        for method, path, body in (*(("GET", path, None) for path in READS), *WRITES):
            answer = await client.request(method, path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (503, "DATABASE_AWAY"), (path, answer.text)
            assert int(answer.headers["Retry-After"]) > 0
    finally:
        await asyncio.to_thread(own_postgres.server.start)
    assert [(await client.get(path)).status_code for path in READS] == [200] * len(READS)


async def test_restarts_under_requests_are_never_an_error_of_ours(
    client: httpx.AsyncClient, own_postgres: Postgres
) -> None:
    seen: set[int] = set()
    stop = asyncio.Event()

    async def ask(number: int) -> None:
        while not stop.is_set():
            seen.add((await client.get(READS[number % len(READS)])).status_code)
            seen.add((await client.patch("/me", json={"displayName": f"Ada {number}"})).status_code)

    asking = [asyncio.create_task(ask(number)) for number in range(8)]
    for mode in ("fast", "immediate"):
        await asyncio.to_thread(own_postgres.server.restart, mode)
    stop.set()
    await asyncio.gather(*asking)
    assert seen <= {200, 503}
    assert (await client.get("/tracks")).status_code == 200
