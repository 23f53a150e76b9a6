"""Floods of refused requests: who sends them gets 429 in the end, and nobody else does."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from support.people import PASSWORD
from support.valkey import Valkey
from tutti.kit.service import Process
from tutti.kit.settings import Settings
from tutti.kit.web import create_app
from tutti.main import build_process, running
from tutti.services.accounts.api import ApiKeyRequest, Login
from tutti.services.accounts.service import AccountsService, ApiKeysService, SessionsService

pytestmark = pytest.mark.usefixtures("one_minute")
SEGMENT = "/stream/01932c07-209d-7b2e-9d9b-0a8c2f1e6d4a/aac64/0.m4s?sig=x"
BYTES = "/uploads/01932c07-209d-7b2e-9d9b-0a8c2f1e6d4a/content?sig=x"
BAD = {"Authorization": "Bearer nonsense"}
BAD_KEY = {"Authorization": "Bearer tutti_nonsense"}


@asynccontextmanager
async def opened(data_dir: Path, **limits: object) -> AsyncIterator[tuple[httpx.AsyncClient, Process]]:
    environ = {f"TUTTI_{name.upper()}": str(value) for name, value in limits.items()}
    process = build_process(Settings(environ | {"TUTTI_TRUSTED_PROXIES": "127.0.0.0/8"}, {"data_dir": data_dir}))
    async with running(process):
        transport = httpx.ASGITransport(create_app(process), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://t/api/v1") as client:
            yield client, process


async def token_of(process: Process, name: str) -> str:
    await process.provided(AccountsService).create_user(name, PASSWORD, "listener")
    return (await process.provided(SessionsService).log_in(Login(name, PASSWORD), "here", "")).access_token


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def at(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


@pytest.mark.parametrize("headers", [{}, BAD, BAD_KEY, {"Authorization": "Basic eDp5"}])
async def test_a_flood_without_a_good_token_is_told_to_wait(data_dir: Path, headers: dict[str, str]) -> None:
    async with opened(data_dir, limits_refused=2) as (client, _):
        answers = [await client.get("/albums", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[2].json()["code"] == "LIMIT_REACHED"
    assert answers[2].json()["details"] == {"limit": "refused"}
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert answers[2].headers["ratelimit-policy"] == '"refused";q=2;w=60'


async def test_who_has_a_good_token_is_let_in_from_the_same_address(data_dir: Path) -> None:
    async with opened(data_dir, limits_refused=1) as (client, process):
        token = await token_of(process, "ada")
        identity = process.auth.check_token(token)
        key = (await process.provided(ApiKeysService).create_key(identity, ApiKeyRequest("k", ["read"], None))).key
        for _ in range(3):
            last = await client.get("/albums", headers=BAD)
            assert (await client.get("/albums", headers=bearer(token))).status_code == 200
            assert (await client.get("/albums", headers=bearer(key))).status_code == 200
        assert last.status_code == 429


async def test_a_household_is_one_address_and_another_has_its_own_count(data_dir: Path) -> None:
    async with opened(data_dir, limits_refused=1) as (client, _):

        async def ask(address: str) -> int:
            return (await client.get("/albums", headers=BAD | at(address))).status_code

        assert [await ask("2001:db8::1"), await ask("2001:db8::2"), await ask("2001:db8:0:1::1")] == [401, 429, 401]
        assert [await ask("192.0.2.1"), await ask("192.0.2.2"), await ask("192.0.2.1")] == [401, 401, 429]
        assert await ask("6.6.6.6, 192.0.2.1") == 429, "what a client says of itself is not believed"


async def test_who_has_to_renew_a_token_hears_so_whatever_others_of_the_address_do(data_dir: Path) -> None:
    async with opened(data_dir, limits_refused=2) as (client, process):
        token = await token_of(process, "ada")
        process.auth.revoke([process.auth.check_token(token).session_id])
        flood = [(await client.get("/albums", headers=BAD)).status_code for _ in range(5)]
        own = [(await client.get("/albums", headers=bearer(token))).status_code for _ in range(3)]
    assert flood == [401, 401, 429, 429, 429]
    assert own == [401, 401, 429], "and a flood of that token is one too"


async def test_a_key_that_does_not_reach_is_counted_by_itself(data_dir: Path) -> None:
    async with opened(data_dir, limits_refused=2) as (client, process):
        identity = process.auth.check_token(await token_of(process, "ada"))
        key = (await process.provided(ApiKeysService).create_key(identity, ApiKeyRequest("k", ["read"], None))).key
        writes = [(await client.patch("/me", headers=bearer(key), json={})).status_code for _ in range(3)]
        assert writes == [403, 403, 429]
        assert (await client.get("/albums", headers=bearer(key))).status_code == 200
        assert (await client.get("/albums", headers=BAD)).status_code == 401


@pytest.mark.parametrize(("method", "path"), [("GET", SEGMENT), ("PUT", BYTES)])
async def test_addresses_that_were_not_signed_here_are_counted(data_dir: Path, method: str, path: str) -> None:
    async with opened(data_dir, limits_refused=2) as (client, _):
        answers = [await client.request(method, path, json={}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [403, 403, 429]
    assert answers[2].json()["code"] == "LIMIT_REACHED"
    assert len(answers[2].headers.get_list("content-length")) == 1


async def test_what_others_count_is_not_counted_again(data_dir: Path) -> None:
    """Wrong passwords: by the limit of sign-ins, and by accounts."""
    async with opened(data_dir, limits_refused=1) as (client, _):
        wrong = {"name": "nobody", "password": "not the password"}
        codes = [(await client.post("/auth/login", json=wrong)).status_code for _ in range(3)]
    assert codes == [401] * 3


async def test_zero_is_no_limit(data_dir: Path) -> None:
    async with opened(data_dir, limits_refused=0) as (client, _):
        assert {(await client.get("/albums", headers=BAD)).status_code for _ in range(20)} == {401}


async def test_copies_count_together(data_dir: Path, valkey: Valkey) -> None:
    shared = {"limits_refused": 3, "redis_url": valkey.url, "redis_timeout_ms": 10_000}
    async with AsyncExitStack() as stack:
        copies = [(await stack.enter_async_context(opened(data_dir, **shared)))[0] for _ in range(2)]
        codes = [(await copies[turn % 2].get("/albums", headers=BAD)).status_code for turn in range(4)]
    assert codes == [401, 401, 401, 429]
