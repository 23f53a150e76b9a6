"""Logging in, refreshing, ending sessions."""

import asyncio
import time
from datetime import timedelta

import httpx
import pytest

from support.people import PASSWORD, LogIn
from tutti.kit import clock
from tutti.kit.service import Process
from tutti.services.accounts.service import AccountsService, SessionsService
from tutti.services.accounts.service import sessions as sessions_module


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[timedelta]:
    """Add to it to move the sessions' clock."""
    passed = [timedelta(0)]
    monkeypatch.setattr(sessions_module, "now", lambda: clock.now() + passed[0])
    return passed


@pytest.fixture
def no_time_passes(people: AccountsService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time stand still for who has to wait: at first it is one second, and five hashes may take longer."""
    present = time.time()
    monkeypatch.setattr(people._sessions._throttle, "_clock", lambda: present)


async def refresh(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/auth/refresh", json={"refreshToken": token})


async def test_name_and_address_log_in_and_nothing_else(
    client: httpx.AsyncClient, grace: dict[str, str], log_in: LogIn
) -> None:
    await client.patch("/me", json={"email": "Grace@Example.org"}, headers=grace)
    for name in ("grace", "GRACE", "grace@example.ORG"):
        assert (await log_in(name))["expiresIn"] == 900
    for name, password in (("grace", "wrong password"), ("nobody", PASSWORD), ("grace%", PASSWORD)):
        answer = await client.post("/auth/login", json={"name": name, "password": password})
        assert answer.status_code == 401
        assert (answer.json()["code"], answer.json()["message"]) == (
            "WRONG_CREDENTIALS",
            "The name or the password is wrong.",
        )


async def test_refreshing_rotates(client: httpx.AsyncClient, people: AccountsService, log_in: LogIn) -> None:
    first = await log_in("grace")
    second = (await refresh(client, first["refreshToken"])).json()
    third = (await refresh(client, second["refreshToken"])).json()
    assert len({each["refreshToken"] for each in (first, second, third)}) == 3
    me = await client.get("/me", headers={"Authorization": f"Bearer {third['accessToken']}"})
    assert me.json()["name"] == "Grace"


async def test_two_refreshes_at_once_get_the_same_successor(
    client: httpx.AsyncClient, people: AccountsService, log_in: LogIn
) -> None:
    first = await log_in("grace")
    answers = await asyncio.gather(*(refresh(client, first["refreshToken"]) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refreshToken"] for answer in answers}) == 1


async def test_an_old_token_used_again_ends_the_session(
    client: httpx.AsyncClient, people: AccountsService, log_in: LogIn, later: list[timedelta]
) -> None:
    first = await log_in("grace")
    second = (await refresh(client, first["refreshToken"])).json()
    later[0] = timedelta(seconds=11)
    assert (await refresh(client, first["refreshToken"])).status_code == 401
    assert (await refresh(client, second["refreshToken"])).status_code == 401
    answer = await client.get("/me", headers={"Authorization": f"Bearer {second['accessToken']}"})
    assert (answer.status_code, answer.json()["details"]["reason"]) == (401, "revoked")


async def test_a_session_ends_when_unused_and_at_its_limit(
    client: httpx.AsyncClient, people: AccountsService, log_in: LogIn, later: list[timedelta]
) -> None:
    unused = await log_in("grace")
    later[0] = timedelta(days=31)
    assert (await refresh(client, unused["refreshToken"])).status_code == 401
    used = (await log_in("grace"))["refreshToken"]
    for _ in range(18):
        later[0] += timedelta(days=20)
        used = (await refresh(client, used)).json()["refreshToken"]
    later[0] += timedelta(days=20)
    assert (await refresh(client, used)).status_code == 401


async def test_ended_sessions_stay_ended_after_a_restart(
    client: httpx.AsyncClient, process: Process, people: AccountsService, grace: dict[str, str]
) -> None:
    assert (await client.post("/auth/logout", headers=grace)).status_code == 204
    process.auth._revoked.clear()  # what a restart does
    assert (await client.get("/me", headers=grace)).status_code == 200
    process.auth.learn(await process.provided(SessionsService).get_trust(None))
    assert (await client.get("/me", headers=grace)).status_code == 401


async def test_a_user_ends_their_own_sessions_and_nobody_elses(
    client: httpx.AsyncClient, ada: dict[str, str], grace: dict[str, str], log_in: LogIn
) -> None:
    other = {"Authorization": f"Bearer {(await log_in('grace'))['accessToken']}"}
    listed = (await client.get("/me/sessions", headers=grace)).json()
    assert [session["current"] for session in listed].count(True) == 1
    theirs = next(session["id"] for session in listed if not session["current"])
    assert (await client.delete(f"/me/sessions/{theirs}", headers=ada)).status_code == 404
    assert (await client.get("/me", headers=other)).status_code == 200
    assert (await client.delete(f"/me/sessions/{theirs}", headers=grace)).status_code == 204
    assert (await client.get("/me", headers=other)).status_code == 401
    assert (await client.get("/me", headers=grace)).status_code == 200


async def test_a_new_password_ends_the_other_sessions(
    client: httpx.AsyncClient, grace: dict[str, str], log_in: LogIn
) -> None:
    other = {"Authorization": f"Bearer {(await log_in('grace'))['accessToken']}"}
    body = {"current": "wrong password", "new": "another good one"}
    assert (await client.post("/me/password", json=body, headers=grace)).status_code == 401
    assert (await client.post("/me/password", json=body | {"current": PASSWORD}, headers=grace)).status_code == 204
    assert (await client.get("/me", headers=other)).status_code == 401
    assert (await client.get("/me", headers=grace)).status_code == 200
    await log_in("grace", "another good one")


@pytest.mark.usefixtures("no_time_passes")
async def test_a_wrong_password_makes_strangers_wait_and_not_the_owner(
    settings: object, people: AccountsService
) -> None:
    sessions = people._sessions
    from_home = ("192.0.2.1", "Firefox")
    await sessions.log_in(sessions_module.Login("grace", PASSWORD), *from_home)
    for _ in range(5):
        with pytest.raises(sessions_module.WrongCredentials):
            await sessions.log_in(sessions_module.Login("grace", "wrong password"), "198.51.100.7", "")
    with pytest.raises(Exception, match="Too many wrong passwords") as waited:
        await sessions.log_in(sessions_module.Login("grace", PASSWORD), "198.51.100.8", "")
    assert waited.value.headers["Retry-After"]  # type: ignore[attr-defined]
    await sessions.log_in(sessions_module.Login("grace", PASSWORD), *from_home)


@pytest.mark.usefixtures("no_time_passes")
async def test_a_session_taken_over_is_no_way_to_guess_the_password(
    client: httpx.AsyncClient, grace: dict[str, str], log_in: LogIn
) -> None:
    other = {"Authorization": f"Bearer {(await log_in('grace'))['accessToken']}"}
    body = {"password": "wrong password"}
    answers = [await client.request("DELETE", "/me", json=body, headers=grace) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    change = {"current": PASSWORD, "new": "another good one"}
    assert (await client.post("/me/password", json=change, headers=grace)).status_code == 429
    assert (await client.post("/me/password", json=change, headers=other)).status_code == 204
