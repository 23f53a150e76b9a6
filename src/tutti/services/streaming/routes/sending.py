"""Answers made of audio: whole contents or ranges of them, and renditions while they grow."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from email.utils import format_datetime
from typing import Any

from litestar import Request, Response

from tutti.kit.errors import AppError
from tutti.kit.zerocopy import send_file
from tutti.services.streaming.api import ContentChanged, RangeNotSatisfiable
from tutti.services.streaming.service.conditions import check_conditions, range_applies
from tutti.services.streaming.service.content import Content, Elsewhere, Growing, Handed, Held, Ready, Remote
from tutti.services.streaming.service.ranges import ByteRange, Unsatisfiable, parse_range

_CACHING = "private, max-age=3600"

Headers = list[tuple[bytes, bytes]]
Send = Callable[[Any], Awaitable[None]]
Opening = Callable[[bool], AbstractAsyncContextManager[Content]]
Whole = Ready | Held | Remote


class ContentResponse(Response[None]):
    """Sends what ``opening`` holds open; what that is is not known to Litestar, only how it is sent.

    Nothing is opened or started before the answer runs, so that whatever ends it also gives everything back.
    ``opening`` is told whether there is somebody to listen: HEAD starts nothing.
    """

    def __init__(self, opening: Opening, request: Request[Any, Any, Any], *, caching: str = _CACHING) -> None:
        super().__init__(None)
        self._opening = opening
        self._headers = request.headers
        self._caching = caching.encode()

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> Any:
        """Return the application that answers."""
        del args, kwargs  # headers, cookies and background work that no route here sets
        return self._answer

    async def _answer(self, scope: Any, receive: Any, send: Send) -> None:
        async with self._opening(scope["method"] == "GET") as found:
            if isinstance(found, Growing):
                await _send_growing(found.chunks, found.mime, receive, send)
            elif isinstance(found, Elsewhere):
                await _send_away(found.address, send)
            elif isinstance(found, Handed):
                await _send_by_nginx(found, self._caching, send)
            else:
                await self._send_whole(found, scope, receive, send)

    async def _send_whole(self, found: Whole, scope: Any, receive: Any, send: Send) -> None:
        status = check_conditions(self._headers, found.validators)
        if status == 412:
            raise ContentChanged("The file is another one by now.")
        headers = self._validating(found)
        if status == 304:
            await _send_head(send, 304, headers)
            await send({"type": "http.response.body", "body": b""})
            return
        headers += [(b"content-type", found.mime.encode()), (b"accept-ranges", b"bytes")]
        is_get = scope["method"] == "GET"
        wanted = self._wanted(found) if is_get else None  # RFC 9110 §14.2: for GET alone
        if wanted is not None:
            headers.append((b"content-range", f"bytes {wanted.start}-{wanted.end}/{found.size_bytes}".encode()))
        part = wanted or ByteRange(0, found.size_bytes - 1)
        headers.append((b"content-length", str(part.length).encode()))
        head = 206 if wanted else 200
        if isinstance(found, Remote) and is_get:
            await _until_gone(receive, _send_remote(found, part, head, headers, send))
            return
        await _send_head(send, head, headers)
        if isinstance(found, Ready):
            await _until_gone(receive, send_file(scope, send, found.file.fileno(), part.start, part.length))
        else:
            content = found.content[part.start : part.end + 1] if isinstance(found, Held) and is_get else b""
            await send({"type": "http.response.body", "body": content})

    def _validating(self, found: Whole) -> Headers:
        headers = [(b"etag", found.validators.etag.encode()), (b"cache-control", self._caching)]
        if found.validators.modified is not None:
            headers.append((b"last-modified", format_datetime(found.validators.modified, usegmt=True).encode()))
        return headers

    def _wanted(self, file: Whole) -> ByteRange | None:
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


async def _send_remote(found: Remote, part: ByteRange, status: int, headers: Headers, send: Send) -> None:
    async with aclosing(found.read(part.start, part.length)) as pieces:
        piece = await anext(pieces, b"")  # only then is it known that the storage gives it
        await _send_head(send, status, headers)
        try:
            while piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await anext(pieces, b"")
        except AppError:
            return  # too late for a status: the server closes the connection before the end of the body
        await send({"type": "http.response.body", "body": b""})


async def _send_away(address: str, send: Send) -> None:
    """To where the bytes are; 307 keeps the method, and the range that was asked for (RFC 9110 §15.4.8)."""
    headers = [(b"location", address.encode()), (b"cache-control", b"no-store"), (b"content-length", b"0")]
    await _send_head(send, 307, headers)
    await send({"type": "http.response.body", "body": b""})


async def _send_by_nginx(found: Handed, caching: bytes, send: Send) -> None:
    """An answer without a body, which nginx replaces by the file; conditions and ranges are compared there, too."""
    headers = [(b"x-accel-redirect", found.address.encode()), (b"content-type", found.mime.encode())]
    await _send_head(send, 200, [*headers, (b"cache-control", caching), (b"content-length", b"0")])
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
