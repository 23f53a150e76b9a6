"""Answers made of audio: whole files or ranges of them, and renditions while they grow."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from email.utils import format_datetime
from typing import Any

from litestar import Request, Response

from tutti.kit.errors import AppError
from tutti.kit.zerocopy import send_file
from tutti.services.catalog.api import Original
from tutti.services.streaming.api import ContentChanged, RangeNotSatisfiable
from tutti.services.streaming.service import Ready, StreamingService
from tutti.services.streaming.service.conditions import check_conditions, range_applies
from tutti.services.streaming.service.ranges import ByteRange, Unsatisfiable, parse_range
from tutti.services.streaming.service.renditions import Rendition

_CACHING = "private, max-age=3600"

Headers = list[tuple[bytes, bytes]]
Send = Callable[[Any], Awaitable[None]]


class AudioResponse(Response[None]):
    """Sends a file or a growing rendition; what is sent is not known to Litestar, only how.

    Nothing is opened or started before the answer runs, so that whatever ends it also gives everything back.
    """

    def __init__(
        self,
        streaming: StreamingService,
        original: Original,
        rendition: Rendition | None,
        request: Request[Any, Any, Any],
    ) -> None:
        super().__init__(None)
        self._streaming = streaming
        self._original = original
        self._rendition = rendition
        self._headers = request.headers

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> Any:
        """Return the application that answers."""
        del args, kwargs  # headers, cookies and background work that no route here sets
        return self._answer

    async def _answer(self, scope: Any, receive: Any, send: Send) -> None:
        is_get = scope["method"] == "GET"
        async with self._streaming.opened(self._original, self._rendition, start=is_get) as found:
            if isinstance(found, Ready):
                await self._send_file(found, scope, receive, send)
            else:
                await _send_growing(found.chunks, found.mime, receive, send)

    async def _send_file(self, file: Ready, scope: Any, receive: Any, send: Send) -> None:
        status = check_conditions(self._headers, file.validators)
        if status == 412:
            raise ContentChanged("The file is another one by now.")
        headers = _validating(file)
        if status == 304:
            await _send_head(send, 304, headers)
            await send({"type": "http.response.body", "body": b""})
            return
        headers += [(b"content-type", file.mime.encode()), (b"accept-ranges", b"bytes")]
        wanted = self._wanted(file) if scope["method"] == "GET" else None  # RFC 9110 §14.2: for GET alone
        if wanted is not None:
            headers.append((b"content-range", f"bytes {wanted.start}-{wanted.end}/{file.size_bytes}".encode()))
        part = wanted or ByteRange(0, file.size_bytes - 1)
        await _send_head(send, 206 if wanted else 200, [*headers, (b"content-length", str(part.length).encode())])
        await _until_gone(receive, send_file(scope, send, file.file.fileno(), part.start, part.length))

    def _wanted(self, file: Ready) -> ByteRange | None:
        if not range_applies(self._headers.get("if-range"), file.validators):
            return None
        try:
            return parse_range(self._headers.get("range"), file.size_bytes)
        except Unsatisfiable:
            raise RangeNotSatisfiable(
                "The range lies beyond the end of the file.", size_bytes=file.size_bytes
            ) from None


async def _send_growing(chunks: AsyncGenerator[bytes, None] | None, mime: str, receive: Any, send: Send) -> None:
    """No length is known, so none is said; the client sees the end of a chunked body, or that it was cut off."""
    headers = [(b"content-type", mime.encode()), (b"accept-ranges", b"none"), (b"cache-control", b"no-store")]
    if chunks is None:
        await _send_head(send, 200, headers)
        await send({"type": "http.response.body", "body": b""})
    else:
        await _until_gone(receive, _follow(chunks, headers, send))


async def _follow(chunks: AsyncGenerator[bytes, None], headers: Headers, send: Send) -> None:
    async with aclosing(chunks):
        chunk = await anext(chunks)  # only then is it known that ffmpeg can make it
        await _send_head(send, 200, headers)
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        try:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except AppError:
            return  # too late for a status: the server closes the connection before the end of the body
        await send({"type": "http.response.body", "body": b""})


def _validating(file: Ready) -> Headers:
    headers = [(b"etag", file.validators.etag.encode()), (b"cache-control", _CACHING.encode())]
    if file.validators.modified is not None:
        headers.append((b"last-modified", format_datetime(file.validators.modified, usegmt=True).encode()))
    return headers


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
