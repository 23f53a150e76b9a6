"""Copies of accounts, and processes without it: the same keys, the same setup, and what ends in one ends in all."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import jwt
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from kit.rpc.copies import reserved_port
from support.copies import Copies, several
from support.patience import PATIENT_CALLS
from support.people import PASSWORD
from support.postgres import Postgres
from tutti.kit.auth import InvalidToken
from tutti.kit.service import Process
from tutti.kit.web import API, create_app
from tutti.services.accounts.service import AccountsService
from tutti.services.accounts.service.tokens import TokenKeys

LIMIT_S = 90
NOBODY = "0198f000-0000-7000-8000-000000000000"


@pytest.fixture
async def copies(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Copies]:
    async with postgres.fresh_database() as url, several(tmp_path, url) as started:
        yield started


@pytest.fixture
async def pair(copies: Copies) -> tuple[Process, Process]:
    """Two copies that start at the very first moment of an installation."""
    here, there = await asyncio.gather(copies.start("accounts"), copies.start("accounts"))
    return here, there


async def comes(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():
            await asyncio.sleep(0.01)


def setup_token(process: Process) -> str | None:
    return process.provided(AccountsService).setup_token()


async def set_up(client: httpx.AsyncClient, token: str | None) -> httpx.Response:
    return await client.post("/setup", json={"token": token, "name": "ada", "password": PASSWORD})


def bearer(tokens: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.raise_for_status().json()['accessToken']}"}


async def test_copies_that_start_together_have_the_same_keys(pair: tuple[Process, Process], copies: Copies) -> None:
    here, there = [process.provided(TokenKeys).jwks() for process in pair]
    assert here == there
    later = await copies.start("accounts")
    assert later.provided(TokenKeys).jwks() == here
    assert later.provided(TokenKeys).successor("x") == pair[0].provided(TokenKeys).successor("x")


async def test_one_setup_token_is_good_at_every_copy_and_once(pair: tuple[Process, Process], copies: Copies) -> None:
    here, there = [await copies.client(process) for process in pair]
    token = setup_token(pair[0])
    assert token == setup_token(pair[1]) is not None
    answers = await asyncio.gather(set_up(here, token), set_up(there, token))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    for client in (here, there):
        assert (await set_up(client, token)).json()["code"] == "SETUP_DONE"
    assert setup_token(await copies.start("accounts")) is None


async def test_who_logs_in_at_one_copy_is_known_at_the_other_and_ends_there_too(
    pair: tuple[Process, Process], copies: Copies
) -> None:
    here, there = [await copies.client(process) for process in pair]
    ada = bearer(await set_up(here, setup_token(pair[0])))
    assert (await there.get("/me", headers=ada)).status_code == 200
    assert (await here.post("/auth/logout", headers=ada)).status_code == 204
    session_id = jwt.decode(ada["Authorization"][7:], options={"verify_signature": False})["sid"]
    await comes(lambda: pair[1].auth.is_revoked(session_id))
    assert (await there.get("/me", headers=ada)).status_code == 401


async def test_all_that_a_deleted_user_had_ends_everywhere(pair: tuple[Process, Process], copies: Copies) -> None:
    here, there = [await copies.client(process) for process in pair]
    await set_up(here, setup_token(pair[0]))
    await pair[0].provided(AccountsService).create_user("bob", PASSWORD, "listener")
    bob = bearer(await there.post("/auth/login", json={"name": "bob", "password": PASSWORD}))
    made = (await there.post("/me/api-keys", json={"name": "k", "scopes": ["read"]}, headers=bob)).json()
    session_id = jwt.decode(bob["Authorization"][7:], options={"verify_signature": False})["sid"]
    gone = await here.request("DELETE", "/me", json={"password": PASSWORD}, headers=bob)
    assert gone.status_code == 204
    for ended in (session_id, made["id"]):
        assert pair[0].auth.is_revoked(ended)
        await comes(lambda ended=ended: pair[1].auth.is_revoked(ended))
    later = await copies.start("accounts")
    assert later.auth.is_revoked(session_id), "its row is gone, and still nobody forgets"


@pytest.fixture
def port() -> Iterator[int]:
    """Where processes ask accounts: nobody else takes it before accounts does."""
    with reserved_port() as port:
        yield port


async def test_a_process_without_accounts_checks_tokens_and_api_keys(port: int, copies: Copies) -> None:
    accounts = await copies.start("accounts", TUTTI_CLUSTER_RPC_PORT=str(port), **PATIENT_CALLS)
    catalog = await copies.start("catalog", TUTTI_PEERS=f"accounts=127.0.0.1:{port}", **PATIENT_CALLS)
    people, music = await copies.client(accounts), await copies.client(catalog)
    ada = bearer(await set_up(people, setup_token(accounts)))
    async with asyncio.timeout(LIMIT_S):
        while (await music.get("/albums", headers=ada)).status_code == 503:
            await asyncio.sleep(0.01)
    assert (await music.get("/albums", headers=ada)).status_code == 200
    made = (await people.post("/me/api-keys", json={"name": "k", "scopes": ["read"]}, headers=ada)).json()
    key = {"Authorization": f"Bearer {made['key']}"}
    assert (await music.get("/albums", headers=key)).status_code == 200
    assert (await music.get("/albums", headers={"Authorization": "Bearer tutti_wrong"})).status_code == 401
    assert (await people.delete(f"/me/api-keys/{made['id']}", headers=ada)).status_code == 204
    await comes(lambda: catalog.auth.is_revoked(made["id"]))
    assert (await music.get("/albums", headers=key)).status_code == 401
    assert (await people.post("/auth/logout", headers=ada)).status_code == 204

    def is_refused() -> bool:
        try:
            catalog.auth.check_token(ada["Authorization"][7:])
        except InvalidToken:
            return True
        return False

    await comes(is_refused)


async def test_who_was_logged_out_changes_nothing_at_any_copy(copies: Copies) -> None:
    """Every route of accounts that writes looks for itself: nobody tells the copies anything for a minute."""
    here, there = [await copies.start("accounts", TUTTI_AUTH_TRUST_S="60") for _ in range(2)]
    people, others = await copies.client(here), await copies.client(there)
    await set_up(people, setup_token(here))
    writing = list(writing_routes(create_app(there)))
    assert {("PATCH", "/me"), ("POST", "/me/password"), ("PATCH", f"/users/{NOBODY}")} <= set(writing)
    for method, path in writing:
        ada = bearer(await people.post("/auth/login", json={"name": "ada", "password": PASSWORD}))
        assert (await others.get("/me", headers=ada)).status_code == 200
        assert (await people.post("/auth/logout", headers=ada)).status_code == 204
        answer = await others.request(method, path, headers=ada, json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_TOKEN"), (method, path)
        assert (await others.get("/me", headers=ada)).status_code == 401, "from then on this copy knows"


async def test_a_session_or_key_that_holds_may_change_what_is_its_own(
    pair: tuple[Process, Process], copies: Copies
) -> None:
    here, there = [await copies.client(process) for process in pair]
    ada = bearer(await set_up(here, setup_token(pair[0])))
    scopes = {"name": "k", "scopes": ["read", "write"]}
    made = (await there.post("/me/api-keys", json=scopes, headers=ada)).raise_for_status().json()
    for headers in (ada, {"Authorization": f"Bearer {made['key']}"}):
        answer = await there.patch("/me", json={"displayName": "Ada L."}, headers=headers)
        assert answer.status_code == 200


def writing_routes(app: Litestar) -> Iterator[tuple[str, str]]:
    """Routes of accounts that need credentials and write: method and path, with somebody for each parameter."""
    for route in app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            ours = handler.fn.__module__.startswith("tutti.services.accounts.")
            if ours and not handler.opt.get("public"):
                path = re.sub(r"\{[^}]+\}", NOBODY, route.path).removeprefix(API)
                yield from ((method, path) for method in handler.http_methods - {"GET", "HEAD", "OPTIONS"})
