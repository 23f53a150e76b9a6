# ruff: noqa: ARG001  (ASGI names what each application receives)
"""The application that every server serves in this comparison, and one process per server to serve it in.

``python -m bench.servers.app SERVER PORT`` serves until SIGTERM. The file is named by the variable BENCH_FILE.
"""

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, asgi, get, websocket
from litestar.connection import WebSocket
from litestar.exceptions import WebSocketDisconnect
from litestar.types import Receive, Scope, Send

from tutti.kit.zerocopy import ZeroCopy, send_file

FILE = Path(os.environ.get("BENCH_FILE", "/dev/null"))
SIZE = FILE.stat().st_size
CHUNK = 64 * 1024
RANGE = (1 << 20, 2 << 20)
ENDLESS = 1 << 30
CLOSE_CODE = 4008
seen: dict[str, float] = {}
"""What the routes noticed, for ``/seen``."""


class Row(msgspec.Struct):
    id: str
    title: str
    artist: str
    year: int
    duration_ms: int


ROWS = [Row(f"{n:036x}", f"Title of album {n}", f"Artist {n}", 1970 + n, n * 1000) for n in range(50)]


@get("/json", sync_to_thread=False)
def rows() -> list[Row]:
    return ROWS


@get("/seen", sync_to_thread=False)
def what_was_seen() -> dict[str, float]:
    return seen


@get("/late")
async def late() -> str:
    await asyncio.sleep(1)
    return "finished"


@asgi("/range", copy_scope=False)
async def ranged(scope: Scope, receive: Receive, send: Send) -> None:
    """One MiB from inside the file, as 206."""
    await _start(send, *RANGE)
    await _send_file(scope, send, *RANGE)


@asgi("/file", copy_scope=False)
async def whole(scope: Scope, receive: Receive, send: Send) -> None:
    """The whole file, as the 206 that ``Range: bytes=0-`` asks for; by its path where the server can."""
    await _start(send, 0, SIZE)
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    elif "http.response.pathsend" in (scope.get("extensions") or {}):
        await send({"type": "http.response.pathsend", "path": str(FILE)})  # type: ignore[arg-type,typeddict-item]
    else:
        await _send_file(scope, send, 0, SIZE)


@asgi("/endless", copy_scope=False)
async def endless(scope: Scope, receive: Receive, send: Send) -> None:
    """A GiB for a client that hardly reads: counts what the server took, so what it holds or has sent."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for sent in range(0, ENDLESS, CHUNK):
        seen["taken"] = sent
        await send({"type": "http.response.body", "body": bytes(CHUNK), "more_body": True})


@asgi("/watch", copy_scope=False)
async def watch(scope: Scope, receive: Receive, send: Send) -> None:
    """A response that stays open until the server says that the client has gone."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass
    seen["disconnected_at"] = time.monotonic()


@websocket("/echo")
async def echo(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        return


async def _start(send: Send, begin: int, end: int) -> None:
    headers = [
        (b"content-type", b"audio/flac"),
        (b"content-length", b"%d" % (end - begin)),
        (b"content-range", b"bytes %d-%d/%d" % (begin, end - 1, SIZE)),
    ]
    await send({"type": "http.response.start", "status": 206, "headers": headers})


async def _send_file(scope: Scope, send: Send, begin: int, end: int) -> None:
    """By the kernel where the server has the extension for it, else in chunks."""
    descriptor = os.open(FILE, os.O_RDONLY)
    try:
        await send_file(scope, send, descriptor, begin, end - begin)  # type: ignore[arg-type]
    finally:
        os.close(descriptor)


@websocket("/strict")
async def strict(socket: WebSocket) -> None:
    """Puts out a client that says nothing, as a heartbeat does: closes while it waits for a message."""
    await socket.accept()
    receiving = asyncio.create_task(socket.receive_text())
    await asyncio.wait({receiving}, timeout=0.2)
    await socket.close(CLOSE_CODE)
    receiving.cancel()
    with suppress(asyncio.CancelledError, WebSocketDisconnect):
        await receiving
    seen["put_out"] = seen.get("put_out", 0) + 1


app = Litestar([rows, what_was_seen, late, ranged, whole, endless, watch, echo, strict], openapi_config=None)


async def _uvicorn(port: int, stop: asyncio.Event, served: Any = app) -> None:
    config = uvicorn.Config(served, port=port, http="httptools", lifespan="off", log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    # Its own handlers are for a program that is only a server; ours decides itself when to stop.
    serving = asyncio.create_task(server._serve())
    await stop.wait()
    server.should_exit = True
    await serving


async def _uvicorn_sendfile(port: int, stop: asyncio.Event) -> None:
    await _uvicorn(port, stop, ZeroCopy(app))


async def _granian(port: int, stop: asyncio.Event) -> None:
    server = Server(app, port=port, interface=Interfaces.ASGINL, log_enabled=False)
    serving = asyncio.create_task(server.serve())
    await stop.wait()
    server.stop()
    await serving


async def _main(name: str, port: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await {"uvicorn": _uvicorn, "uvicorn-sendfile": _uvicorn_sendfile, "granian": _granian}[name](port, stop)


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1], int(sys.argv[2])))
