"""Bodies of requests as they come, with no limit but the one that the use case sets."""

from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request

from tutti.kit.errors import TooLarge
from tutti.kit.storage.errors import BodyCut


def length_of(request: Request[Any, Any, Any]) -> int | None:
    """Return the Content-Length; None where the body comes without."""
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() else None


async def stream_body(request: Request[Any, Any, Any]) -> AsyncGenerator[bytes, None]:
    """Yield the body, chunk by chunk; the client sends no more than is asked for (and the sockets hold).

    Raises:
        BodyCut: the client has left.
    """
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise BodyCut("The connection ended before the body did; send it again.")
        if message["type"] == "http.request":
            more = message["more_body"]
            if message["body"]:
                yield message["body"]


async def read_body(request: Request[Any, Any, Any], max_bytes: int) -> bytes:
    """Return the whole body.

    Raises:
        TooLarge: it is longer than ``max_bytes``.
        BodyCut: the client has left.
    """
    body = bytearray()
    async for chunk in stream_body(request):
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge(f"A body may have {max_bytes} bytes at the most here.")
    return bytes(body)
