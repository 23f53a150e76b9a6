"""``/health/live``, ``/health/ready`` and ``/metrics``."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tutti.kit.errors import Forbidden

Check = Callable[[], Awaitable[str | None]]
"""Returns what is wrong, or None."""


class MetricsRefused(Forbidden):
    """Metrics are read from this machine, or with their token."""


class Health(msgspec.Struct, frozen=True):
    """What is wrong, by what it is about."""

    status: str
    problems: dict[str, str]


def health_routes(
    checks: Mapping[str, Check], metrics_token: str, borne: Mapping[str, Check] | None = None
) -> list[HTTPRouteHandler]:
    """Routes outside the API that need no bearer; ``metrics_token`` lets other machines read the metrics.

    What fails of ``checks`` makes the process unready; what fails of ``borne`` is said, and the process goes on: it
    serves what does not need it, and to take it out of the rotation would take all copies out at once.
    """

    @get("/health/live", include_in_schema=False, sync_to_thread=False, opt={"public": True})
    def live() -> Health:
        return Health("ok", {})

    @get("/health/ready", include_in_schema=False, opt={"public": True})
    async def ready() -> Response[Health]:
        problems = await _find_problems(checks)
        if problems:
            return Response(Health("unavailable", problems), status_code=503)
        troubles = await _find_problems(borne or {})
        return Response(Health("degraded" if troubles else "ok", troubles))

    @get("/metrics", include_in_schema=False, sync_to_thread=False, opt={"public": True})
    def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        if not _may_read(request, metrics_token):
            raise MetricsRefused("Metrics are read from this machine, or with TUTTI_METRICS_TOKEN as the bearer token.")
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [live, ready, metrics]


async def _find_problems(checks: Mapping[str, Check]) -> dict[str, str]:
    return {name: said for name, check in checks.items() if (said := await check())}


def _may_read(request: Request[Any, Any, Any], token: str) -> bool:
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    proxied = "x-forwarded-for" in request.headers  # behind a proxy on this machine, everybody seems to be local
    return not proxied and request.client is not None and _is_loopback(request.client.host)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
