"""Names on the wire, and in the metrics."""

from collections.abc import Mapping

AUTHORIZATION = "authorization"
BEARER = "Bearer "
TRACE_PARENT = "traceparent"

FAILURE = "tutti-failure-bin"
"""Trailer that holds an error of the api, or of the kit, as `failures` seals it."""
REFUSED = "tutti-refused"
"""Trailer that says why a call was refused by the answering side itself, before or after its method."""
SIZE = "tutti-size-bytes"

BUSY = "busy"
TOKEN = "token"  # noqa: S105  the reason, not a token
UNREADABLE = "unreadable"
LARGE = "large"
BROKEN = "broken"

OK = "ok"
REFUSED_BY_API = "refused"
AWAY = "away"
LATE = "late"
FAILED = "failed"
CANCELLED = "cancelled"
OUTCOMES = (OK, REFUSED_BY_API, AWAY, LATE, BUSY, FAILED, CANCELLED)

CODES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    413: "OUT_OF_RANGE",
    415: "INVALID_ARGUMENT",
    422: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
"""gRPC's status by HTTP's, for tools that know nothing of ours; we read the trailers."""
