"""The server of a process, over real sockets: what the rest of the house relies on."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from kit.rpc.copies import reserved_port
from tutti.kit.serving import serve

CHUNK = bytes(64 * 1024)
LIMIT_S = 90
App = Callable[[Any, Any, Any], Awaitable[None]]


class Running:
    def __init__(self) -> None:
        self.url = ""
        self.port = 0
        self.stop = asyncio.Event()
        self.task: asyncio.Task[None]

    async def ended(self) -> None:
        await asyncio.wait_for(asyncio.shield(self.task), LIMIT_S)

    async def connect(self, path: str, read_buffer: int = 65536) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, read_buffer)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", self.port))
        reader, writer = await asyncio.open_connection(sock=client, limit=read_buffer)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        return reader, writer


@asynccontextmanager
async def served(app: App, finish_s: int = 60) -> AsyncIterator[Running]:
    running, ready = Running(), asyncio.Event()

    def note(address: str) -> None:
        running.url, running.port = address, int(address.rpartition(":")[2])
        ready.set()

    running.task = asyncio.create_task(serve(app, "127.0.0.1", 0, ready=note, stop=running.stop, finish_s=finish_s))
    await asyncio.wait_for(ready.wait(), LIMIT_S)
    try:
        yield running
    finally:
        running.stop.set()
        await running.ended()


async def start(send: Any, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await start(send, 200, (b"content-length", b"5"))
    await send({"type": "http.response.body", "body": b"hello"})


async def test_it_is_ready_when_it_says_so() -> None:
    async with served(hello) as running, httpx.AsyncClient(timeout=LIMIT_S) as client:
        answers = await asyncio.gather(*(client.get(running.url) for _ in range(20)))
        assert {answer.text for answer in answers} == {"hello"}


async def test_a_taken_port_is_an_error_at_once() -> None:
    async with served(hello) as running:
        with pytest.raises(OSError, match="in use"):
            await serve(hello, "127.0.0.1", running.port, stop=asyncio.Event())


async def test_it_lets_go_of_the_port() -> None:
    stopped = asyncio.Event()
    stopped.set()
    with reserved_port() as port:
        for _ in range(2):
            await serve(hello, "127.0.0.1", port, stop=stopped)


async def test_the_application_hears_when_a_client_leaves() -> None:
    left = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await start(send)
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    async with served(app) as running:
        _, writer = await running.connect("/")
        writer.close()
        await asyncio.wait_for(left.wait(), LIMIT_S)


async def test_a_client_that_does_not_read_holds_the_sender_back() -> None:
    taken = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal taken
        await start(send)
        for _ in range(16_384):  # a GiB
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
            taken += len(CHUNK)

    async with served(app, finish_s=0) as running:
        _, writer = await running.connect("/", read_buffer=4096)
        before = -1
        while before < taken or taken == 0:
            before = taken
            await asyncio.sleep(0.5)
        assert 0 < taken < 16 * 2**20
        writer.close()


async def test_requests_under_way_are_finished() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        await go_on.wait()
        await hello(scope, receive, send)

    async with served(app) as running, httpx.AsyncClient(timeout=LIMIT_S) as client:
        asking = asyncio.create_task(client.get(running.url))
        await begun.wait()
        running.stop.set()
        await asyncio.sleep(0.1)
        assert not running.task.done()
        go_on.set()
        assert (await asking).text == "hello"
        await running.ended()
        with pytest.raises(httpx.ConnectError):
            await client.get(running.url)


async def test_who_has_connected_is_heard_to_the_end() -> None:
    def take(client: socket.socket) -> bytes:
        with client:
            return b"".join(iter(lambda: client.recv(4096), b""))

    async with served(hello) as running:
        clients = [socket.create_connection(("127.0.0.1", running.port), LIMIT_S) for _ in range(20)]
        for client in clients:
            client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        running.stop.set()  # and the server has not even seen them
        answers = await asyncio.gather(*(asyncio.to_thread(take, client) for client in clients))
        assert [answer[-5:] for answer in answers] == [b"hello"] * 20
        await running.ended()


async def test_what_does_not_end_is_cancelled() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with served(app, finish_s=0) as running, httpx.AsyncClient(timeout=LIMIT_S) as client:
        asking = asyncio.create_task(client.get(running.url))
        await begun.wait()
        running.stop.set()
        await running.ended()
        assert cancelled.is_set()
        await asyncio.wait({asking}, timeout=LIMIT_S)
        assert asking.done()
        asking.exception() or asking.result()


async def test_websockets_are_told_that_the_server_goes() -> None:
    heard: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        while True:
            message = await receive()
            heard.append(message)
            if message["type"] == "websocket.disconnect":
                return
            await send({"type": "websocket.send", "text": message["text"].upper()})

    async with served(app) as running:
        async with connect(running.url.replace("http", "ws")) as client:
            await client.send("hello")
            assert await client.recv() == "HELLO"
            running.stop.set()
            with pytest.raises(ConnectionClosed) as closed:
                await client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        await running.ended()
        assert heard[-1]["type"] == "websocket.disconnect"


async def test_a_time_limit_on_a_websocket_loses_no_message() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(receive(), 0.05)
        await send({"type": "websocket.send", "text": "late"})
        await send({"type": "websocket.send", "text": (await receive())["text"]})

    async with served(app) as running, connect(running.url.replace("http", "ws")) as client:
        assert await client.recv() == "late"
        await client.send("hello")
        assert await client.recv() == "hello"


async def test_a_websocket_can_be_closed_while_its_next_message_is_awaited() -> None:
    heard: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        receiving = asyncio.create_task(receive())
        await asyncio.sleep(0)
        await send({"type": "websocket.close", "code": 4401})
        heard.append((await receiving)["type"])

    async with served(app) as running, connect(running.url.replace("http", "ws")) as client:
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
    assert heard == ["websocket.disconnect"]


async def test_a_websocket_that_its_client_closes_ends_there() -> None:
    ended = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        assert (await receive())["code"] == 1000
        ended.set()

    async with served(app) as running:
        async with connect(running.url.replace("http", "ws")):
            pass
        await asyncio.wait_for(ended.wait(), LIMIT_S)


async def test_the_log_of_the_process_stays_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    class Kept(logging.Handler):
        closed = False

        def close(self) -> None:
            self.closed = True
            super().close()

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("a programming error")

    kept = Kept()
    async with served(broken) as running, httpx.AsyncClient(timeout=LIMIT_S) as client:
        assert (await client.get(running.url)).status_code == 500
    assert not kept.closed
    assert "a programming error" in caplog.text
