"""The first run, and who may register afterwards."""

import asyncio

import httpx
import pytest

from support.people import PASSWORD
from tutti.kit.service import Process
from tutti.kit.settings import Settings
from tutti.kit.web import create_app
from tutti.main import build_process, running
from tutti.services.accounts.service import AccountsService


async def test_the_printed_token_makes_one_admin_and_only_one(client: httpx.AsyncClient, process: Process) -> None:
    assert (await client.get("/setup")).json()["needed"] is True
    token = process.provided(AccountsService).setup_token()
    wrong = await client.post("/setup", json={"token": "x", "name": "eve", "password": PASSWORD})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "WRONG_SETUP_TOKEN")
    answers = await asyncio.gather(
        *(client.post("/setup", json={"token": token, "name": f"ada{n}", "password": PASSWORD}) for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    made = next(answer for answer in answers if answer.status_code == 201).json()
    me = await client.get("/me", headers={"Authorization": f"Bearer {made['accessToken']}"})
    assert me.json()["role"] == "admin"
    assert (await client.get("/setup")).json()["needed"] is False
    assert process.provided(AccountsService).setup_token() is None


async def test_nobody_registers_before_the_first_admin(settings: Settings) -> None:
    opened = Settings({"TUTTI_ACCOUNTS_REGISTRATION": "open"}, {"data_dir": settings.base.data_dir})
    async with running(build_process(opened)) as process:
        transport = httpx.ASGITransport(create_app(process))
        async with httpx.AsyncClient(transport=transport, base_url="http://t/api/v1") as client:
            body = {"name": "eve", "password": PASSWORD}
            assert (await client.post("/users", json=body)).status_code == 403
            await process.provided(AccountsService).create_user("ada", PASSWORD, "admin")
            assert (await client.post("/users", json=body)).json()["role"] == "listener"
            taken = await client.post("/users", json=body | {"name": "EVE"})
            assert (taken.status_code, taken.json()["code"]) == (409, "NAME_TAKEN")


async def test_an_invitation_is_good_for_as_many_as_it_says(
    client: httpx.AsyncClient, ada: dict[str, str], grace: dict[str, str]
) -> None:
    assert (await client.post("/users", json={"name": "bob", "password": PASSWORD})).status_code == 403
    assert (await client.post("/invites", json={}, headers=grace)).status_code == 403
    invite = (await client.post("/invites", json={"role": "uploader", "uses": 2}, headers=ada)).json()
    answers = await asyncio.gather(
        *(
            client.post("/users", json={"name": f"guest{n}", "password": PASSWORD, "invite": invite["code"]})
            for n in range(4)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 403, 403]
    assert {answer.json().get("role") for answer in answers if answer.status_code == 201} == {"uploader"}
    assert (await client.get("/invites", headers=ada)).json() == []


async def test_without_an_invitation_nothing_is_hashed(
    client: httpx.AsyncClient, people: AccountsService, hashed: list[str]
) -> None:
    """Neither for new names nor for those that somebody has: a hash is much work, and its time would tell."""
    hashed.clear()
    for name in ("bob", "grace"):
        answer = await client.post("/users", json={"name": name, "password": PASSWORD, "invite": "made up"})
        assert (answer.status_code, answer.json()["code"]) == (403, "REGISTRATION_CLOSED")
    assert hashed == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "bob", "password": "short"}, "WEAK_PASSWORD"),
        ({"name": "bob", "password": "aaaaaaaaaaaaaaa"}, "WEAK_PASSWORD"),
        ({"name": "bob", "password": "1234567890"}, "WEAK_PASSWORD"),
        ({"name": "bob@home", "password": PASSWORD}, "UNUSABLE_NAME"),
        ({"name": "b\x00b", "password": PASSWORD}, "UNUSABLE_NAME"),
        ({"name": "bob", "password": PASSWORD, "email": "nowhere"}, "UNUSABLE_NAME"),
        ({"name": "", "password": PASSWORD}, "INVALID"),
        ({"name": "bob", "password": PASSWORD, "role": "admin"}, "INVALID"),
    ],
)
async def test_what_will_not_do_is_said(
    client: httpx.AsyncClient, ada: dict[str, str], body: dict[str, str], code: str
) -> None:
    invite = (await client.post("/invites", json={}, headers=ada)).json()["code"]
    answer = await client.post("/users", json=body | {"invite": invite})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
