"""Answers made of audio: whole files or ranges of them, and renditions while they grow."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import aclosing, nullcontext, suppress
from email.utils import format_datetime
from typing import Any

from litestar import Request, Response

from tutti.kit.zerocopy import send_file
from tutti.services.streaming.api import RangeNotSatisfiable, TranscodeFailed
from tutti.services.streaming.service import Growing, OnDisk, StreamingService
from tutti.services.streaming.service.ranges import ByteRange, Unsatisfiable, is_unchanged, parse_range, range_applies
from tutti.services.streaming.service.runs import Run

_CACHING = "private, max-age=3600"

Headers = list[tuple[bytes, bytes]]
Send = Callable[[Any], Awaitable[None]]


class AudioResponse(Response[None]):
    """Sends a file or a growing rendition; what is sent is not known to Litestar, only how."""

    def __init__(self, found: OnDisk | Growing, streaming: StreamingService, request: Request[Any, Any, Any]) -> None:
        super().__init__(None)
        self._found = found
        self._streaming = streaming
        self._request = request

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> Any:
        """Return the application that answers."""
        del args, kwargs  # headers, cookies and background work that no route here sets
        if isinstance(self._found, Growing):
            return _GrowingAnswer(self._found, self._streaming)
        return _FileAnswer(self._found, self._streaming, self._request)


class _FileAnswer:
    def __init__(self, file: OnDisk, streaming: StreamingService, request: Request[Any, Any, Any]) -> None:
        self._file = file
        self._streaming = streaming
        self._request_headers = request.headers
        self._range = self._wanted()

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        file, wanted = self._file, self._range
        if is_unchanged(self._request_headers.get("if-none-match"), file.etag):
            await _send_head(send, 304, self._headers(None))
            await send({"type": "http.response.body", "body": b""})
            return
        part = wanted or ByteRange(0, file.size_bytes - 1)
        head = [*self._headers(wanted), (b"content-length", str(part.length).encode())]
        key = file.rendition_key
        with self._streaming.cache.in_use(key) if key else nullcontext():
            await self._send(scope, receive, send, part, 206 if wanted else 200, head)

    async def _send(self, scope: Any, receive: Any, send: Send, part: ByteRange, status: int, head: Headers) -> None:
        descriptor = await asyncio.to_thread(os.open, self._file.path, os.O_RDONLY)
        try:
            await _send_head(send, status, head)
            await _until_gone(receive, send_file(scope, send, descriptor, part.start, part.length))
        finally:
            os.close(descriptor)

    def _wanted(self) -> ByteRange | None:
        if not range_applies(self._request_headers.get("if-range"), self._file.etag, self._file.modified):
            return None
        try:
            return parse_range(self._request_headers.get("range"), self._file.size_bytes)
        except Unsatisfiable:
            raise _BeyondEnd("The range lies beyond the end of the file.", self._file.size_bytes) from None

    def _headers(self, wanted: ByteRange | None) -> Headers:
        file = self._file
        headers = [
            (b"content-type", file.mime.encode()),
            (b"accept-ranges", b"bytes"),
            (b"etag", file.etag.encode()),
            (b"last-modified", format_datetime(file.modified, usegmt=True).encode()),
            (b"cache-control", _CACHING.encode()),
        ]
        if wanted is not None:
            headers.append((b"content-range", f"bytes {wanted.start}-{wanted.end}/{file.size_bytes}".encode()))
        return headers


class _BeyondEnd(RangeNotSatisfiable):
    code = RangeNotSatisfiable.code

    def __init__(self, message: str, size_bytes: int) -> None:
        super().__init__(message, size_bytes=size_bytes)
        self._size_bytes = size_bytes

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110 §15.5.17: say how long the content is."""
        return {"Content-Range": f"bytes */{self._size_bytes}"}


class _GrowingAnswer:
    """No length is known, so none is said; the client sees the end of a chunked body."""

    def __init__(self, growing: Growing, streaming: StreamingService) -> None:
        self._run: Run = growing.run
        self._mime = growing.mime
        self._streaming = streaming

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        headers = [(b"content-type", self._mime.encode()), (b"accept-ranges", b"none"), (b"cache-control", b"no-store")]
        if scope["method"] == "HEAD":
            self._streaming.transcoder.leave(self._run)
            await _send_head(send, 200, headers)
            await send({"type": "http.response.body", "body": b""})
            return
        await _until_gone(receive, self._follow(send, headers))

    async def _follow(self, send: Send, headers: Headers) -> None:
        async with aclosing(self._streaming.transcoder.follow(self._run)) as chunks:
            begun = False
            async for chunk in chunks:
                if not begun:  # only now is it known that ffmpeg can make it
                    await _send_head(send, 200, headers)
                    begun = True
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if not begun:
                raise TranscodeFailed("This track cannot be transcoded.", retry_after_s=5)
            await send({"type": "http.response.body", "body": b""})


async def _send_head(send: Send, status: int, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _until_gone(receive: Any, sending: Any) -> None:
    """Run ``sending`` to its end, or until the client has gone away: servers do not say so when sending."""
    task = asyncio.ensure_future(sending)
    watch = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        watch.cancel()
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
