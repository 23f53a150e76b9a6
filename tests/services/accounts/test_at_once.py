"""What several do at the same moment, and text that PostgreSQL takes differently: on both databases."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from support.people import PASSWORD
from tutti.kit.service import Process
from tutti.kit.settings import Base, Settings
from tutti.main import build_process, running
from tutti.services.accounts.service import AccountsService

CHEAP = {"TUTTI_ACCOUNTS_ARGON2_MEMORY_KIB": "8192", "TUTTI_ACCOUNTS_ARGON2_PASSES": "1"}


@pytest.fixture
async def process(base: Base) -> AsyncIterator[Process]:
    """Every service, on each database in turn."""
    given = {"data_dir": base.data_dir, "database_url": base.database_url}
    async with running(build_process(Settings(CHEAP, given))) as started:
        yield started


async def test_the_first_admin_is_one(client: httpx.AsyncClient, process: Process) -> None:
    token = process.provided(AccountsService).setup_token()
    answers = await asyncio.gather(
        *(client.post("/setup", json={"token": token, "name": f"ada{n}", "password": PASSWORD}) for n in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]


async def test_two_admins_cannot_dismiss_each_other_at_once(client: httpx.AsyncClient, people: AccountsService) -> None:
    await people.create_user("Bob", PASSWORD, "admin")
    ada, bob = [await signed_in(client, name) for name in ("ada", "bob")]
    ids = [(await client.get("/me", headers=who)).json()["id"] for who in (ada, bob)]
    await asyncio.gather(
        client.patch(f"/users/{ids[1]}", json={"role": "listener"}, headers=ada),
        client.request("DELETE", "/me", json={"password": PASSWORD}, headers=ada),
        client.patch(f"/users/{ids[0]}", json={"disabled": True}, headers=bob),
        client.request("DELETE", "/me", json={"password": PASSWORD}, headers=bob),
    )
    page = await people.list_accounts("", None, 10)
    assert [user.name for user in page.items if user.role == "admin" and not user.disabled] != []


@pytest.mark.parametrize("spelling", ["grace", "GRACE", "\uff27race"])
async def test_a_name_is_given_once(process: Process, spelling: str) -> None:
    accounts = process.provided(AccountsService)
    made = await asyncio.gather(
        *(accounts.create_user(name, PASSWORD, "listener") for name in ("Grace", spelling)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in made) == ["Me", "NameTaken"]


async def test_a_zero_byte_is_refused_at_the_door(client: httpx.AsyncClient, people: AccountsService) -> None:
    """It is text for JSON and SQLite, and none for PostgreSQL."""
    ada = await signed_in(client, "ada")
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/auth/login", {"name": "a\x00da", "password": PASSWORD}),
        ("POST", "/auth/login", {"name": "ada", "password": PASSWORD, "device": "a\x00b"}),
        ("POST", "/me/api-keys", {"name": "a\x00b", "scopes": ["read"]}),
        ("PUT", "/me/preferences", {"genres": ["a\x00b"]}),
        ("PUT", "/me/preferences", {"language": "\x00"}),
        *(("PATCH", "/me", {field: "a\x00b"}) for field in ("bio", "displayName")),
    ]
    for method, path, body in asked:
        answer = await client.request(method, path, json=body, headers=ada)
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID"), body
    assert (await client.get("/users", params={"q": "a\x00"}, headers=ada)).status_code == 400
    lines = await client.patch("/me", json={"bio": "one\n\ttwo"}, headers=ada)
    assert lines.json()["bio"] == "one\n\ttwo"


async def signed_in(client: httpx.AsyncClient, name: str) -> dict[str, str]:
    answer = await client.post("/auth/login", json={"name": name, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json()['accessToken']}"}
