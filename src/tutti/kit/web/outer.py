"""Around the routes: HEAD for whatever answers GET, and the headers that tell a browser to be careful."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Send = Callable[[Any], Awaitable[None]]

_METHOD_NOT_ALLOWED = 405

Headers = Sequence[tuple[bytes, bytes]]


def security_headers(storage_origin: str | None) -> Headers:
    """Return the headers of every answer; bytes may go to and come from ``storage_origin`` too, where there is one."""
    return (
        (b"content-security-policy", _content_security_policy(storage_origin).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
    )


def _content_security_policy(storage_origin: str | None) -> str:
    """The web app's own scripts, styles and sockets, and what it makes itself (pictures and audio as blobs).

    Nothing from elsewhere, and in nobody's frame. Styles may be inline, since React and Radix place things by the style
    attribute.
    """
    storage = f" {storage_origin}" if storage_origin else ""
    return "; ".join(
        (
            "default-src 'self'",
            f"connect-src 'self'{storage}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            f"media-src 'self' blob:{storage}",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def with_headers(send: Send, more: Headers) -> Send:
    """Add ``more`` headers to an answer, unless it has its own."""

    async def add(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            present = {bytes(name).lower() for name, _ in headers}
            message["headers"] = headers + [header for header in more if header[0] not in present]
        await send(message)

    return add


async def answer_head(app: Any, scope: Any, receive: Any, send: Send) -> None:
    """Answer HEAD by the route's own HEAD, or by its GET without the body (RFC 9110 §9.3.2)."""
    refused = False

    async def watch(message: Any) -> None:
        nonlocal refused
        refused = refused or message.get("status") == _METHOD_NOT_ALLOWED
        if not refused:
            await send(message)

    await app(dict(scope), receive, watch)
    if refused:
        await app({**scope, "method": "GET"}, receive, _without_body(send))


def _without_body(send: Send) -> Send:
    async def keep_head(message: Any) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return keep_head
