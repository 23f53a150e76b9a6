"""Around every request: its trace, its line in the log, its place in the metrics."""

import time
from typing import Any

import structlog
from prometheus_client import Counter, Histogram

from tutti.kit.telemetry.spans import Spans
from tutti.kit.trace import enter_trace

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
REQUESTS = Counter("tutti_http_requests", "Requests answered", ["method", "route", "status"])
DURATION = Histogram(
    "tutti_http_first_byte_seconds", "Time to the head of the answer", ["method", "route"], buckets=_BUCKETS
)
_QUIET = ("/health", "/metrics", "/assets")
_NO_ROUTE = "(none)"
_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.http")


class Observed:
    """Wraps the whole application."""

    def __init__(self, app: Any, spans: Spans) -> None:
        self._app = app
        self._spans = spans

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Enter the caller's trace, or a new one; answer with its id; note what came of the request."""
        if scope["type"] != "http":
            enter_trace()
            await self._app(scope, receive, send)
            return
        parent = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
        trace_parent = enter_trace(parent)
        started = time.perf_counter()
        status = 0

        async def observe(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (b"x-trace-id", trace_parent[3:35].encode())]}
                _measure(scope, status, time.perf_counter() - started)
            await send(message)

        with self._spans.request(scope, parent) as span:
            try:
                await self._app(scope, receive, observe)
            finally:
                span.finish(scope.get("path_template") or _NO_ROUTE, status)
                _log(scope, status, time.perf_counter() - started)


def _measure(scope: Any, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in _KNOWN_METHODS else "OTHER"  # labels are bounded, methods are not
    route = scope.get("path_template") or _NO_ROUTE
    REQUESTS.labels(method, route, str(status)).inc()
    DURATION.labels(method, route).observe(seconds)


def _log(scope: Any, status: int, seconds: float) -> None:
    path = scope["path"]
    if path.startswith(_QUIET):
        return
    say = log.warning if status >= 500 or status == 0 else log.info
    say("request", method=scope["method"], path=path, status=status or "cut off", took_ms=round(seconds * 1000, 1))
