"""Files to sockets by the kernel: the ASGI extension ``http.response.zerocopysend``, which uvicorn lacks.

`ZeroCopy` adds it under the application; `send_file` uses it, and reads and sends in chunks where it is missing
(another server, a test without sockets). Either way the event loop never waits for a disk: what the page cache does
not hold is read in a thread.

https://asgi.readthedocs.io/en/latest/extensions.html#zero-copy-send
"""

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from tutti.kit.tasks import to_its_end

ZERO_COPY = "http.response.zerocopysend"
CHUNK_BYTES = 64 * 1024
_WINDOW_BYTES = 1024 * 1024
_LOOK_AFTER_S = 5.0
"""A client that has vanished without a word is looked for this often while its socket takes nothing."""
_DISK_THREADS = 8

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


async def send_file(scope: Scope, send: Send, descriptor: int, offset: int, count: int) -> None:
    """Send the whole body of a response: ``count`` bytes of an open file from ``offset`` on.

    The response is started already, with a Content-Length of ``count``. The descriptor stays open and its position
    where it is. Returns early when the client leaves.

    Raises:
        EOFError: the file is shorter than that.
        OSError: the file cannot be read.
    """
    if scope["method"] == "HEAD" or count == 0:
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    elif ZERO_COPY in (scope.get("extensions") or {}):
        await send({"type": ZERO_COPY, "file": descriptor, "offset": offset, "count": count, "more_body": False})
    else:
        await _send_in_chunks(send, descriptor, offset, count)


async def read_chunk(descriptor: int, offset: int, count: int) -> bytes:
    """Read up to ``count`` bytes from ``offset`` on: at once if the page cache has them, else in a thread."""
    buffer = bytearray(count)
    try:
        if hasattr(os, "RWF_NOWAIT"):
            return bytes(memoryview(buffer)[: os.preadv(descriptor, [buffer], offset, os.RWF_NOWAIT)])
    except OSError as error:
        if error.errno not in _NOT_CACHED:
            raise
    return await asyncio.to_thread(os.pread, descriptor, count, offset)


_NOT_CACHED = (errno.EAGAIN, errno.EOPNOTSUPP)
"""Reading would wait, or this file system cannot say."""


async def _send_in_chunks(send: Send, descriptor: int, offset: int, count: int) -> None:
    end = offset + count
    while offset < end:
        chunk = await read_chunk(descriptor, offset, min(CHUNK_BYTES, end - offset))
        if not chunk:
            raise EOFError(f"the file ends {end - offset} bytes early")
        offset += len(chunk)
        await send({"type": "http.response.body", "body": chunk, "more_body": offset < end})


class ZeroCopy:
    """Adds the extension to what uvicorn's httptools protocol offers the application."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._disk = ThreadPoolExecutor(_DISK_THREADS, thread_name_prefix="disk")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application; ASGI."""
        cycle = getattr(send, "__self__", None)
        if scope["type"] != "http" or not isinstance(cycle, RequestResponseCycle):
            await self._app(scope, receive, send)
            return
        scope["extensions"] = {**scope.get("extensions", {}), ZERO_COPY: {}}

        async def send_or_copy(message: Message) -> None:
            if message["type"] == ZERO_COPY:
                if not cycle.disconnected:  # else uvicorn has let the head go by unread, and knows no length
                    await self._copy(cycle, message)
                message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
            await send(message)

        await self._app(scope, receive, send_or_copy)

    def close(self) -> None:
        """End the threads once what they read has come."""
        self._disk.shutdown(wait=False)

    async def _copy(self, cycle: RequestResponseCycle, message: Message) -> None:
        file: Any = message["file"]
        descriptor = file if isinstance(file, int) else int(file.fileno())
        offset = message.get("offset")
        offset = os.lseek(descriptor, 0, os.SEEK_CUR) if offset is None else int(offset)
        count = message.get("count")
        count = os.fstat(descriptor).st_size - offset if count is None else int(count)
        if count > cycle.expected_content_length:
            raise RuntimeError("Response content longer than Content-Length")
        try:
            await self._copy_file(cycle, descriptor, offset, count)
        except ConnectionError:
            # The client has left, which is no error; the application learns of it from receive.
            cycle.transport.abort()
            await asyncio.sleep(0)

    async def _copy_file(self, cycle: RequestResponseCycle, descriptor: int, offset: int, count: int) -> None:
        await _flush(cycle)
        with _Socket(cycle.transport) as socket:
            end = offset + count
            while offset < end and not cycle.disconnected:
                window = min(_WINDOW_BYTES, end - offset)
                try:
                    sent = await self._send_window(socket.descriptor, descriptor, offset, window)
                except BlockingIOError:
                    await socket.writable()
                    continue
                if sent == 0:
                    raise EOFError(f"the file ends {end - offset} bytes early")
                offset += sent
                cycle.expected_content_length -= sent
                await asyncio.sleep(0)

    async def _send_window(self, socket: int, descriptor: int, offset: int, count: int) -> int:
        if _is_cached(descriptor, offset) and _is_cached(descriptor, offset + count - 1):
            return os.sendfile(socket, descriptor, offset, count)
        # The descriptors must not be closed, and given to another connection, under the thread's hands.
        return await to_its_end(os.sendfile, socket, descriptor, offset, count, threads=self._disk)


class _Socket:
    """A second descriptor of a connection: the loop refuses to watch the one that its transport watches."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.descriptor = -1

    def __enter__(self) -> "_Socket":
        if self._transport.is_closing():
            raise ConnectionResetError
        self.descriptor = os.dup(self._transport.get_extra_info("socket").fileno())
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    async def writable(self) -> None:
        """Wait until the socket takes more, or may have lost its client.

        Raises:
            ConnectionResetError: the connection is closed.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[None] = loop.create_future()
        loop.add_writer(self.descriptor, lambda: waiting.done() or waiting.set_result(None))
        try:
            await asyncio.wait({waiting}, timeout=_LOOK_AFTER_S)
        finally:
            loop.remove_writer(self.descriptor)
        if self._transport.is_closing():
            raise ConnectionResetError


async def _flush(cycle: RequestResponseCycle) -> None:
    """Wait until the kernel has what was written through the transport: the file's bytes must come after it."""
    transport = cast(Any, cycle.transport)  # the abstract class lacks the limits' default of None
    transport.set_write_buffer_limits(high=0)
    try:
        await cycle.flow.drain()
    finally:
        transport.set_write_buffer_limits()


def _is_cached(descriptor: int, offset: int) -> bool:
    try:
        return hasattr(os, "RWF_NOWAIT") and os.preadv(descriptor, [bytearray(1)], offset, os.RWF_NOWAIT) > 0
    except OSError:
        return False  # would wait, or cannot say: either way for a thread, which meets the real error
