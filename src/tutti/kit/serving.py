"""The HTTP server of a process: uvicorn, in the process's own event loop. See docs/decisions/0003-http-server.md."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast

import uvicorn

from tutti.kit.tasks import is_set_within
from tutti.kit.websockets import BoundedWebSocket
from tutti.kit.zerocopy import ZeroCopy

FINISH_S = 5
"""How long requests under way may go on once the process was told to stop."""
_ARRIVE_S = 0.25
"""How long who is connected has to say what they want, once the process was told to stop."""
_CANCEL_S = 1.0
_DATE_S = 1.0
_BACKLOG = 1024
_KEEP_ALIVE_S = 75
"""As nginx: longer than a proxy keeps its side, so that it is never the one to find a closed connection."""
_WS_MESSAGE_BYTES = 256 * 1024
_WS_PING_S = 20.0
"""How long a WebSocket is silent before its client is asked for a sign, and how long that has for it."""

App = Callable[[Any, Any, Any], Awaitable[None]]


async def serve(
    app: App,
    host: str,
    port: int,
    *,
    ready: Callable[[str], None] | None = None,
    stop: asyncio.Event,
    finish_s: int = FINISH_S,
    trusted_proxies: str = "127.0.0.1,::1",
) -> None:
    """Serve the ASGI application ``app`` inside the running loop until ``stop`` is set.

    ``port`` 0 takes a free one. ``ready`` is called with the address (``http://127.0.0.1:4600``) once connections are
    accepted. When ``stop`` is set, no connection is accepted any more, every WebSocket is closed with 1012 (service
    restart), and requests get ``finish_s`` seconds; what still runs then is cancelled. Signals are the caller's
    business, and so is all that has to start before the application and to stop after it: no ASGI lifespan event is
    sent. Peers in ``trusted_proxies`` (addresses, networks, or ``*``) may name their client in X-Forwarded-For and
    its scheme in X-Forwarded-Proto. The application may use the ASGI extension ``http.response.zerocopysend``.

    Raises:
        OSError: the address is in use, or not ours.
    """
    listener = _listen(host, port)
    address = _address(listener)
    zero_copy = ZeroCopy(app)
    config = uvicorn.Config(
        zero_copy,
        http="httptools",
        ws=BoundedWebSocket,
        ws_max_size=_WS_MESSAGE_BYTES,
        ws_ping_interval=_WS_PING_S,
        ws_ping_timeout=_WS_PING_S,
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        forwarded_allow_ips=trusted_proxies,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=finish_s,
        backlog=_BACKLOG,
    )
    server = _Server(config, stop, lambda: ready(address) if ready is not None else None)
    try:
        await server.serve(sockets=[listener])
    finally:
        listener.close()
        zero_copy.close()


class _Server(uvicorn.Server):
    """Uvicorn as a guest: it ends when it is told to, and leaves signals and standard output alone."""

    def __init__(self, config: uvicorn.Config, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop = stop
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        await self.on_tick(0)
        self._ready()

    async def main_loop(self) -> None:
        """Wait without waking ten times a second, as the inherited one does; a tick renews the Date header."""
        while not self._stop.is_set():
            await is_set_within(self._stop, _DATE_S)
            await self.on_tick(0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._stop_listening(sockets or [])
        await super().shutdown(sockets)
        if cancelled := self.server_state.tasks:
            await asyncio.wait(cancelled, timeout=_CANCEL_S)
        for connection in list(self.server_state.connections):
            connection.transport.abort()  # its client does not take what is left

    async def _stop_listening(self, listeners: Sequence[socket.socket]) -> None:
        """Take no more connections, and hear those that are made: a proxy that has sent a POST does not repeat it.

        Those that the system has accepted and the loop has not would be reset with the listener, so they are taken
        first; and those on which nothing has arrived yet would be closed at once.
        """
        waiting = [connection for listener in listeners for connection in _accept_all(listener)]
        for server in self.servers:
            server.close()
        for listener in listeners:
            listener.close()
        loop = asyncio.get_running_loop()
        for connection in waiting:
            await loop.connect_accepted_socket(self._make_protocol, connection)
        if self.server_state.connections:
            await asyncio.sleep(_ARRIVE_S)

    def _make_protocol(self) -> asyncio.Protocol:
        """As uvicorn's own, which is hidden in a function."""
        kind = cast(Callable[..., asyncio.Protocol], self.config.http_protocol_class)
        return kind(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)


def _accept_all(listener: socket.socket) -> list[socket.socket]:
    accepted: list[socket.socket] = []
    with suppress(BlockingIOError):
        while True:
            connection, _ = listener.accept()
            connection.setblocking(False)
            accepted.append(connection)
    return accepted


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG, dualstack_ipv6=both)
    listener.setblocking(False)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
