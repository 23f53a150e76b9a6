"""The live socket of a real server: who may hear what, what is lost is said, ended sessions are put out."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from support.people import PASSWORD
from tutti.kit.auth import Identity, TrustAway
from tutti.kit.clock import now
from tutti.kit.live import socket as live_socket
from tutti.kit.service import Process
from tutti.kit.serving import serve
from tutti.kit.web import create_app
from tutti.services.accounts.api import AccountPatch, ApiKeyRequest, Login
from tutti.services.accounts.service import AccountsService, ApiKeysService, SessionsService
from tutti.services.accounts.service import keys as api_keys

LIMIT_S = 60
"""Only so that a test that fails does not hang."""
SOON_S = 8.0
"""Until the first sign of life is asked for; by then, a client has to have said who it is."""


class Said(msgspec.Struct):
    text: str


@pytest.fixture
async def address(process: Process) -> AsyncIterator[str]:
    stop, up = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(create_app(process), "127.0.0.1", 0, ready=up.set_result, stop=stop))
    yield (await up).replace("http", "ws") + "/api/v1/live"
    stop.set()
    await serving


@pytest.fixture
async def token(process: Process) -> str:
    await process.provided(AccountsService).create_user("ada", PASSWORD, "listener")
    return (await process.provided(SessionsService).log_in(Login("ada", PASSWORD), "here", "test")).access_token


async def say(socket: ClientConnection, **message: object) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection) -> dict[str, Any]:
    return json.loads(await asyncio.wait_for(socket.recv(), LIMIT_S))


async def enter(socket: ClientConnection, token: str, *channels: str) -> int:
    await say(socket, type="auth", token=token)
    ready = await hear(socket)
    assert ready["type"] == "ready"
    if channels:
        await say(socket, type="subscribe", channels=channels)
        for _ in channels:
            assert (await hear(socket))["type"] == "subscribed"
    return ready["lastId"]


async def test_what_is_shown_is_heard_by_who_listens(process: Process, address: str, token: str) -> None:
    process.live.allow("room", lambda _identity, name: name == "open")
    async with connect(address) as socket:
        await enter(socket, token, "room:open")
        process.live.show("room:closed", "said", Said("no"))
        process.live.show("room:open", "said", Said("yes"))
        heard = await hear(socket)
    assert (heard["type"], heard["channel"], heard["kind"], heard["payload"]) == (
        "message",
        "room:open",
        "said",
        {"text": "yes"},
    )


async def test_a_channel_that_is_not_for_you_is_refused(process: Process, address: str, token: str) -> None:
    process.live.allow("room", lambda _identity, name: name == "open")
    async with connect(address) as socket:
        await enter(socket, token)
        for channel in ("room:closed", "user:somebody-else", "nothing"):
            await say(socket, type="subscribe", channels=[channel])
            assert (await hear(socket))["code"] == "CHANNEL_REFUSED"
            process.live.show(channel, "said", Said("secret"))
        await say(socket, type="subscribe", channels=["room:open"])
        assert (await hear(socket))["type"] == "subscribed"


@pytest.mark.parametrize("first", ['{"type":"auth","token":"x"}', '{"type":"subscribe","channels":[]}'])
async def test_nobody_is_put_out(address: str, first: str) -> None:
    async with connect(address) as socket:
        await socket.send(first)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), LIMIT_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == live_socket.UNAUTHENTICATED


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"type":"shout"}', '{"type":"resume","lastId":-1}', "x" * 20_000])
async def test_what_cannot_be_read_closes(address: str, token: str, text: str) -> None:
    async with connect(address) as socket:
        await enter(socket, token)
        await socket.send(text)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), LIMIT_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == live_socket.BAD_MESSAGE


async def test_silence_is_put_out(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_socket, "AUTH_LIMIT_S", 0.05)
    async with connect(address) as socket:
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), LIMIT_S)


async def test_an_ended_session_is_put_out(
    process: Process, address: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_socket, "AUTH_LIMIT_S", SOON_S)
    monkeypatch.setattr(live_socket, "HEARTBEAT_S", 0.05)
    async with connect(address) as socket:
        await enter(socket, token)
        assert (await hear(socket))["type"] == "ping"
        process.auth.revoke([process.auth.check_token(token).session_id])
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await hear(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == live_socket.SESSION_ENDED


@pytest.fixture
async def key_of_admin(process: Process) -> str:
    """An API key of somebody who is not the only admin."""
    accounts = process.provided(AccountsService)
    await accounts.create_user("grace", PASSWORD, "admin")
    eve = await accounts.create_user("eve", PASSWORD, "admin")
    request = ApiKeyRequest("k", ["read", "admin"], now() + timedelta(days=1))
    identity = Identity(eve.id, eve.name, "admin", "s")
    return (await process.provided(ApiKeysService).create_key(identity, request)).key


async def change_user(process: Process, key: str, patch: AccountPatch) -> None:
    identity = await process.auth.identify(key)
    await process.provided(AccountsService).update_account(identity.user_id, patch)


async def disable(process: Process, key: str, _: pytest.MonkeyPatch) -> None:
    await change_user(process, key, AccountPatch(disabled=True))


async def demote(process: Process, key: str, _: pytest.MonkeyPatch) -> None:
    await change_user(process, key, AccountPatch(role="listener"))


async def expire(_: Process, __: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "now", lambda: now() + timedelta(days=2))


@pytest.mark.parametrize("end", [disable, demote, expire])
async def test_an_api_key_that_no_longer_reaches_as_far_is_put_out(
    process: Process,
    address: str,
    key_of_admin: str,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[Process, str, pytest.MonkeyPatch], Awaitable[None]],
) -> None:
    monkeypatch.setattr(live_socket, "AUTH_LIMIT_S", SOON_S)
    monkeypatch.setattr(live_socket, "HEARTBEAT_S", 0.05)
    async with connect(address) as socket:
        await enter(socket, key_of_admin, "scans")
        assert (await hear(socket))["type"] == "ping"
        await end(process, key_of_admin, monkeypatch)
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(LIMIT_S):
                while True:
                    await hear(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == live_socket.SESSION_ENDED


async def test_an_api_key_is_believed_while_nobody_can_check_it(
    process: Process, address: str, key_of_admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_socket, "AUTH_LIMIT_S", SOON_S)
    monkeypatch.setattr(live_socket, "HEARTBEAT_S", 0.05)
    asked = 0

    async def nobody_answers(_: str) -> Identity:
        nonlocal asked
        asked += 1
        raise TrustAway("away", retry_after_s=1)

    async with connect(address) as socket:
        await enter(socket, key_of_admin)
        process.auth.use_api_keys(nobody_answers)
        for _ in range(3):
            assert (await hear(socket))["type"] == "ping"
    assert asked > 0


async def test_who_cannot_be_checked_at_the_moment_is_told_to_come_again(process: Process, address: str) -> None:
    """Not that the token is bad: the client would ask its user to log in."""

    async def nobody_answers() -> None:
        raise TrustAway("away", retry_after_s=1)

    process.auth.follow(nobody_answers)
    of_a_new_key = jwt.encode({}, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": "new"})
    async with connect(address) as socket:
        await say(socket, type="auth", token=of_a_new_key)
        with pytest.raises(ConnectionClosed) as closed:
            await hear(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == live_socket.TRY_AGAIN


async def test_who_was_away_hears_what_was_missed(process: Process, address: str, token: str) -> None:
    process.live.allow("room", lambda _identity, _name: True)
    async with connect(address) as socket:
        await enter(socket, token, "room:a")
        process.live.show("room:a", "said", Said("before"))
        last_id = (await hear(socket))["id"]
    process.live.show("room:a", "said", Said("meanwhile"))
    async with connect(address) as socket:
        await enter(socket, token, "room:a")
        await say(socket, type="resume", lastId=last_id)
        assert (await hear(socket))["payload"] == {"text": "meanwhile"}
        await say(socket, type="resume", lastId=1)
        assert (await hear(socket))["type"] == "reset"
