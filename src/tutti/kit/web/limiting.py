"""Rate limits: how many requests of a kind a user, or an address where nobody is logged in, may make in a minute.

Answers say what is left (`RateLimit-Policy` and `RateLimit`, draft-ietf-httpapi-ratelimit-headers-10). Routes name
their kind with ``**limited("search")``; without that it is `read` or `write`, by their method. What is outside the API
(health, metrics, the web app) is not counted, and neither are bytes: covers, audio, bodies at signed addresses.
"""

from typing import Any, get_args

from limits import RateLimitItemPerMinute
from prometheus_client import Counter

from tutti.kit.addresses import Addresses, network_of
from tutti.kit.auth import Identity
from tutti.kit.errors import TooManyRequests
from tutti.kit.limits import Counting, Kind, Left, LimitSettings
from tutti.kit.web.authentication import SAFE_METHODS
from tutti.kit.web.routing import API, LIMIT, UNLIMITED

_WINDOW_S = 60
REFUSED = Counter("tutti_requests_limited", "Requests refused because there were too many", ["kind"])

Header = tuple[bytes, bytes]


class LimitReached(TooManyRequests):
    """Too many requests of this kind within a minute; `Retry-After` says when to come back."""

    def __init__(self, kind: Kind, left: Left, headers: list[Header]) -> None:
        message = f"Too many requests at once. Try again in {left.reset_s} s."
        super().__init__(message, retry_after_s=left.reset_s, limit=kind)
        self._said = {name.decode(): value.decode() for name, value in headers}

    @property
    def headers(self) -> dict[str, str]:
        """When to come back, and what is left: nothing."""
        return super().headers | self._said


class Limiting:
    """Counts requests to the API; stands behind `Authentication`, so that it knows whose they are."""

    def __init__(self, app: Any, settings: LimitSettings, counting: Counting, addresses: Addresses) -> None:
        self._app = app
        self._counting = counting
        self._addresses = addresses
        self._limits: dict[Kind, RateLimitItemPerMinute] = {
            kind: RateLimitItemPerMinute(amount, namespace=kind)
            for kind in get_args(Kind)
            if (amount := getattr(settings, kind))
        }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Count a request and pass it on with what is left.

        Raises:
            LimitReached: there is nothing left.
        """
        kind = kind_of(scope)
        limit = self._limits.get(kind) if kind is not None else None
        if kind is None or limit is None:
            await self._app(scope, receive, send)
            return
        left = await self._counting.hit(limit, self._who(scope))
        if not left.allowed:
            raise refused_by(kind, limit.amount, left)
        headers = _headers(kind, limit.amount, left)

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *headers]}
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _who(self, scope: Any) -> str:
        identity: Identity | None = scope.get("user")
        if identity is not None:
            return f"user/{identity.user_id}"
        return f"address/{network_of_client(scope, self._addresses)}"


def network_of_client(scope: Any, addresses: Addresses) -> str:
    """Return the network of whoever asks, as proxies say it that are trusted."""
    peer = scope.get("client")
    forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return network_of(addresses.of(peer[0] if peer else None, ", ".join(forwarded)))


def refused_by(kind: Kind, amount: int, left: Left) -> LimitReached:
    """Note that a request is refused; return the error that says so."""
    REFUSED.labels(kind).inc()
    return LimitReached(kind, left, _headers(kind, amount, left))


def kind_of(scope: Any) -> Kind | None:
    """Return the kind of a request, None for one that is not counted."""
    if scope["type"] != "http" or not scope["path"].startswith(f"{API}/"):
        return None
    kind: Any = scope["route_handler"].opt.get(LIMIT)
    if kind is None:
        return "read" if scope["method"] in SAFE_METHODS else "write"
    return None if kind == UNLIMITED else kind


def _headers(kind: Kind, amount: int, left: Left) -> list[Header]:
    return [
        (b"ratelimit-policy", f'"{kind}";q={amount};w={_WINDOW_S}'.encode()),
        (b"ratelimit", f'"{kind}";r={left.remaining};t={left.reset_s}'.encode()),
    ]
