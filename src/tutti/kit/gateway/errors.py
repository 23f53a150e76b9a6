"""What nginx says itself, in the shape of every error of the API: ``{"code", "message", "details", "traceId"}``."""

from collections.abc import Sequence
from typing import NamedTuple

from tutti.kit.gateway.conf import Line, block
from tutti.kit.gateway.headers import added
from tutti.kit.gateway.settings import GatewaySettings


class _Said(NamedTuple):
    causes: tuple[int, ...]
    """Statuses that nginx comes to by itself; what a service answers is passed on as it is."""
    status: int
    code: str
    message: str
    wait: bool = False
    early: bool = False
    """It may come before the address is known, and nginx redirects such requests to no named location."""

    def place(self, name: str) -> str:
        """Where the answer is, for nginx."""
        return f"/_tutti/{name}" if self.early else f"@{name}"


_SAID = {
    "bad_request": _Said((400, 494, 495, 496), 400, "INVALID", "The request cannot be understood.", early=True),
    "forbidden": _Said((403,), 403, "FORBIDDEN", "This is not for you."),
    "not_found": _Said((404,), 404, "NOT_FOUND", "There is nothing here."),
    "method_not_allowed": _Said((405,), 405, "METHOD_NOT_ALLOWED", "This method is not answered here."),
    "too_slow": _Said((408,), 408, "REQUEST_TIMEOUT", "The request took too long to arrive; send it again."),
    "too_large": _Said((413,), 413, "TOO_LARGE", "The body is larger than what is taken here."),
    "uri_too_long": _Said((414,), 414, "URI_TOO_LONG", "The address is too long.", early=True),
    "too_many_requests": _Said(
        (429,), 429, "TOO_MANY_REQUESTS", "Too many requests came from this address; try again soon.", wait=True
    ),
    "unavailable": _Said(
        (500, 502, 503, 504),
        503,
        "UNAVAILABLE",
        "This part of the server is away for the moment; try again soon.",
        True,
    ),
}
_RATE_WAIT_S = 1


def error_pages(*, instead: str | None = None, statuses: Sequence[int] = ()) -> list[Line]:
    """Return where nginx finds its answers; ``statuses`` are passed on to the location ``instead``."""
    lines: list[Line] = []
    for name, said in _SAID.items():
        causes = [status for status in said.causes if status not in statuses]
        if causes:
            lines.append(f"error_page {' '.join(map(str, causes))} = {said.place(name)}")
    if instead is not None:
        lines.append(f"error_page {' '.join(map(str, statuses))} = {instead}")
    return lines


def error_locations(security: Sequence[tuple[str, str]], settings: GatewaySettings, hsts_s: int) -> list[Line]:
    """Return the answers."""
    return [_location(name, said, security, settings, hsts_s) for name, said in _SAID.items()]


def _location(
    name: str, said: _Said, security: Sequence[tuple[str, str]], settings: GatewaySettings, hsts_s: int
) -> Line:
    body = f'{{"code":"{said.code}","message":"{said.message}","details":{{}},"traceId":"$tutti_trace"}}'
    wait_s = _RATE_WAIT_S if said.status == 429 else settings.retry_after_s
    return block(
        f"location = {said.place(name)}" if said.early else f"location {said.place(name)}",
        ["internal"] if said.early else [],
        # Whatever the address ends with.
        block("types"),
        "default_type application/json",
        "add_header X-Trace-Id $tutti_trace always",
        "add_header Cache-Control no-store always",
        [f"add_header Retry-After {wait_s} always"] if said.wait else [],
        added(security, hsts_s),
        f"return {said.status} '{body}'",
    )
