"""Clients that say too much, or read too little: they are told, then put out, and take no memory meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from kit.live.ears import comes
from support.people import PASSWORD
from tutti.kit import serving
from tutti.kit.live import socket as live_socket
from tutti.kit.live.pace import PATIENCE
from tutti.kit.service import Process
from tutti.kit.settings import Settings
from tutti.kit.web import create_app
from tutti.kit.websockets import BoundedWebSocket
from tutti.main import build_process, running
from tutti.services.accounts.api import Login
from tutti.services.accounts.service import AccountsService, SessionsService

LIMIT_S = 90
TOO_BIG = 1009


class Said(msgspec.Struct):
    text: str


class Reached:
    """A server under test, and somebody's token."""

    def __init__(self, process: Process, address: str, token: str) -> None:
        self.process = process
        self.address = address
        self.token = token

    @asynccontextmanager
    async def entered(self, **options: Any) -> AsyncIterator[ClientConnection]:
        async with connect(self.address, **options) as client:
            await say(client, type="auth", token=self.token)
            assert (await hear(client))["type"] == "ready"
            yield client


@asynccontextmanager
async def reached(data_dir: Path, per_minute: int = 600) -> AsyncIterator[Reached]:
    process = build_process(Settings({"TUTTI_LIMITS_LIVE": str(per_minute)}, {"data_dir": data_dir}))
    process.live.allow("room", lambda _identity, _name: True)
    async with running(process):
        await process.provided(AccountsService).create_user("ada", PASSWORD, "listener")
        token = (await process.provided(SessionsService).log_in(Login("ada", PASSWORD), "here", "")).access_token
        stop, up = asyncio.Event(), asyncio.get_running_loop().create_future()
        serve = serving.serve(create_app(process), "127.0.0.1", 0, ready=up.set_result, stop=stop, finish_s=1)
        task = asyncio.create_task(serve)
        yield Reached(process, (await up).replace("http", "ws") + "/api/v1/live", token)
        stop.set()
        await task


async def say(client: ClientConnection, **message: object) -> None:
    await client.send(json.dumps(message))


async def hear(client: ClientConnection) -> dict[str, Any]:
    return json.loads(await asyncio.wait_for(client.recv(), LIMIT_S))


async def code_of_end(client: ClientConnection) -> int | None:
    """Read until the server closes; return its code."""
    with pytest.raises(ConnectionClosed) as closed:
        async with asyncio.timeout(LIMIT_S):
            while True:
                await client.recv()
    return closed.value.rcvd.code if closed.value.rcvd is not None else None


@pytest.mark.usefixtures("one_minute")
async def test_a_client_that_says_too_much_is_told_and_then_put_out(data_dir: Path) -> None:
    async with reached(data_dir, per_minute=4) as server, server.entered() as client:
        for _ in range(4):
            await say(client, type="subscribe", channels=["room:a"])
        assert [(await hear(client))["type"] for _ in range(4)] == ["subscribed"] * 3 + ["error"]
        for _ in range(PATIENCE - 1):
            await say(client, type="subscribe", channels=["room:b"])
        server.process.live.show("room:a", "said", Said("still here"))
        heard = await hear(client)
        assert heard["type"] == "message", "what it says is passed over; what it hears is not, and it is told once"
        await say(client, type="pong")
        assert await code_of_end(client) == live_socket.TOO_MANY_MESSAGES


@pytest.mark.usefixtures("one_minute")
async def test_the_error_has_a_code(data_dir: Path) -> None:
    async with reached(data_dir, per_minute=1) as server, server.entered() as client:
        await say(client, type="pong")
        assert await hear(client) == {"type": "error", "code": "TOO_MANY_MESSAGES"}


async def test_each_socket_is_counted_by_itself_and_zero_is_no_limit(data_dir: Path) -> None:
    async with reached(data_dir, per_minute=0) as server, server.entered() as client:
        for number in range(700):
            await say(client, type="subscribe", channels=[f"room:{number % 10}"])
            assert (await hear(client))["type"] == "subscribed"


async def test_channels_of_a_socket_are_bounded(data_dir: Path) -> None:
    """Those that it asks for and is refused leave nothing behind."""
    async with reached(data_dir) as server:
        live: Any = server.process.live
        async with server.entered() as client:
            for block in range(20):
                await say(client, type="subscribe", channels=[f"room:{block}-{n}" for n in range(100)])
                answers = {(await hear(client)).get("code", "heard") for _ in range(100)}
                assert answers == ({"heard"} if block == 0 else {"TOO_MANY_CHANNELS"})
            assert len(live._listeners) == live_socket.MAX_CHANNELS
        await comes(lambda: not live._listeners)


class Watched(BoundedWebSocket):
    """Tells how much it holds for its client."""

    most_waiting = 0
    open: list["Watched"] = []  # noqa: RUF012  of the test

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        Watched.open.append(self)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        Watched.most_waiting = max(Watched.most_waiting, self.transport.get_write_buffer_size())


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> type[Watched]:
    Watched.most_waiting, Watched.open = 0, []
    monkeypatch.setattr(serving, "BoundedWebSocket", Watched)
    return Watched


async def is_taken(client: ClientConnection) -> bool:
    """Whether what it says goes anywhere. Both ends are of this loop, whose turns count: seconds may be lost."""
    for _ in range(1000):
        if client.transport.get_write_buffer_size() == 0:
            return True
        await asyncio.sleep(0.001)
    return False


async def test_answers_to_pings_that_nobody_reads_do_not_pile_up(data_dir: Path, watched: type[Watched]) -> None:
    async with reached(data_dir) as server, server.entered() as client:
        client.transport.pause_reading()
        ping = Frame(Opcode.PING, b"x" * 125).serialize(mask=True) * 1000
        for _ in range(400):
            client.transport.write(ping)
            if not await is_taken(client):
                break
        else:
            pytest.fail("it is read on and on")
        assert 0 < watched.most_waiting < 2_000_000
        client.transport.abort()


async def test_a_message_in_endless_pieces_ends_the_socket(data_dir: Path) -> None:
    async with reached(data_dir) as server, server.entered() as client:
        client.transport.write(Frame(Opcode.TEXT, b"{", fin=False).serialize(mask=True))
        client.transport.write(Frame(Opcode.CONT, b"", fin=False).serialize(mask=True) * 5000)
        assert await code_of_end(client) == TOO_BIG


async def test_who_reads_nothing_is_left(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_WS_PING_S", 3.0)
    async with reached(data_dir) as server, server.entered(ping_interval=None, compression=None) as client:
        live: Any = server.process.live
        await say(client, type="subscribe", channels=["room:a"])
        await hear(client)
        client.transport.pause_reading()
        for _ in range(200):
            live.show("room:a", "said", Said("x" * 100_000))
            await asyncio.sleep(0)
        await comes(lambda: not live._listeners)
        assert not live._everybody
        client.transport.abort()
