"""The HTTP server of a process: Granian, in the process's own event loop. See docs/decisions/0003-http-server.md."""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from granian._granian import SocketHolder  # granian.net re-exports it without saying so
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

FINISH_S = 5.0
"""How long requests under way may go on once the process was told to stop."""
_CANCEL_S = 1.0
_BACKLOG = 1024
_CONNECTIONS = 16_384
"""Granian stops accepting beyond this many open connections; idle listeners and WebSockets count."""
_FILE_THREADS = 32
"""Threads that read files sent by their path."""
_CODE_S = 0.05
_NORMAL = 1000
_GOING_AWAY = 1001
_QUIET: dict[str, Any] = {"incremental": True, "formatters": {}, "handlers": {}, "loggers": {"_granian": {}}}
"""Granian configures logging anew otherwise, and with it closes the handlers of the whole process."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


async def serve(
    app: App,
    host: str,
    port: int,
    *,
    ready: Callable[[str], None] | None = None,
    stop: asyncio.Event,
    finish_s: float = FINISH_S,
) -> None:
    """Serve the ASGI application ``app`` inside the running loop until ``stop`` is set.

    ``port`` 0 takes a free one. ``ready`` is called with the address (``http://127.0.0.1:4600``) once connections are
    accepted. When ``stop`` is set, no connection is accepted any more, each WebSocket is closed with 1001 (going away)
    and its application sees a disconnect, and requests get ``finish_s`` seconds; what still runs then is cancelled.
    Signals are the caller's business, and so is everything that has to start before the application and stop after
    it: no ASGI lifespan event is sent.

    Raises:
        OSError: the address is in use, or not ours.
    """
    listener = _listen(host, port)
    address = _address(listener)
    requests = _Requests(app)
    server = _Server(requests, listener)
    serving = asyncio.create_task(server.serve(), name="serving")
    stopping = asyncio.create_task(stop.wait())
    try:
        if ready is not None:
            ready(address)
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        await _finish(server, serving, requests, finish_s)


async def _finish(server: Server, serving: asyncio.Task[None], requests: "_Requests", finish_s: float) -> None:
    # Before Granian hears of it, which tears them down without a code and does not wait for what they do.
    await requests.close_websockets(finish_s)
    server.stop()
    await asyncio.wait({serving}, timeout=finish_s)
    if not serving.done():
        requests.cancel()
        await asyncio.wait({serving}, timeout=_CANCEL_S)
    if serving.done():
        serving.result()
        return
    # A file sent by its path to a client that reads slowly: no task of ours stands behind it, and it ends with the
    # process.
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


class _Server(Server):
    """Granian on a socket that we opened, so that a taken port is an error here and a free one has a number."""

    def __init__(self, app: App, listener: socket.socket) -> None:
        super().__init__(
            app,
            interface=Interfaces.ASGINL,
            backlog=_BACKLOG,
            backpressure=_CONNECTIONS,
            runtime_blocking_threads=_FILE_THREADS,
            log_level=LogLevels.error,
            log_dictconfig=_QUIET,
        )
        self._listener = listener

    def _init_shared_socket(self) -> None:
        # The descriptor becomes Granian's own: it is closed there when the server stops.
        descriptor = self._listener.detach()
        holder: Any = SocketHolder
        self._ssp = None
        # The number of connections that wait is taken on Linux only, as Granian's signature has it there.
        on_linux = sys.platform == "linux"
        self._shd = holder(descriptor, False, _BACKLOG) if on_linux else holder(descriptor, False)
        self._sfd = descriptor


class _Requests:
    """The application, and which of its requests run."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._running: set[asyncio.Task[Any]] = set()
        self._websockets: dict[asyncio.Task[Any], _WebSocket] = {}
        self._closed = False

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            if scope["type"] == "websocket":
                await self._serve_websocket(scope, self._websockets.setdefault(task, _WebSocket(receive, send)))
            else:
                await self._app(scope, receive, send)
        finally:
            self._running.discard(task)
            self._websockets.pop(task, None)

    async def close_websockets(self, timeout_s: float) -> None:
        """Close them all, refuse new ones, and wait until the application has taken note."""
        self._closed = True
        closing = dict(self._websockets)
        for websocket in closing.values():
            websocket.close({"type": "websocket.close", "code": _GOING_AWAY})
        if closing:
            await asyncio.wait(closing, timeout=timeout_s)

    def cancel(self) -> None:
        for task in self._running:
            task.cancel()

    async def _serve_websocket(self, scope: MutableMapping[str, Any], websocket: "_WebSocket") -> None:
        if self._closed:
            await websocket.send({"type": "websocket.close", "code": _GOING_AWAY})
        else:
            await self._app(scope, websocket.receive, websocket.send)


class _WebSocket:
    """Makes up for two things that Granian 2.8 does while its ``receive`` is under way.

    Cancelled, as every time limit does, it leaves a socket behind that never ends; so it is kept, and the next call
    waits for the same message. And a close waits for a message that may never come, so here it is not waited for:
    ``receive`` says that the socket is closed, the application returns, and with that the client gets its code.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._receiving: asyncio.Future[Message] | None = None
        self._closing: asyncio.Future[None] | None = None
        self._code = asyncio.get_running_loop().create_future()

    async def receive(self) -> Message:
        if self._receiving is None:
            self._receiving = _in_background(self._receive())
        receiving = self._receiving
        await asyncio.wait({receiving, self._code}, return_when=asyncio.FIRST_COMPLETED)
        if not receiving.done():
            return {"type": "websocket.disconnect", "code": self._code.result()}
        self._receiving = None
        return receiving.result()

    async def send(self, message: Message) -> None:
        if message["type"] == "websocket.close" and self._receiving is not None:
            self.close(message)
        else:
            await self._send(message)

    def close(self, message: Message) -> None:
        if self._closing is None:
            self._closing = _in_background(self._send(message))
            # Granian's thread takes the code in the meantime; nothing tells when it has.
            loop = asyncio.get_running_loop()
            loop.call_later(_CODE_S, self._code.set_result, message.get("code", _NORMAL))


def _in_background(waiting: Awaitable[Any]) -> asyncio.Future[Any]:
    """Its end may be nobody's business any more: an error of it is then no news."""
    future = asyncio.ensure_future(waiting)
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    return future


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG, dualstack_ipv6=both)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setblocking(False)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
