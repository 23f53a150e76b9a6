"""What routes say of themselves."""

from typing import Any

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from tutti.kit.errors import AppError, ErrorBody
from tutti.kit.limits.settings import Kind

API = "/api/v1"
PUBLIC = "public"
IDEMPOTENT = "idempotent"
UNCOMPRESSED = "uncompressed"
LIMIT = "limit"
UNLIMITED = "unlimited"

public: dict[str, Any] = {"opt": {PUBLIC: True}, "security": [{}]}
"""Put ``**public`` on a route that needs no credentials; `Request.user` is then None."""
public_file: dict[str, Any] = {"opt": {PUBLIC: True, UNCOMPRESSED: True, LIMIT: UNLIMITED}, "security": [{}]}
"""As ``public``, for a route whose answers are packed as well as they can be; they are not counted as requests."""
unlimited: dict[str, Any] = {LIMIT: UNLIMITED}
"""Put ``**unlimited`` on a route whose requests are not counted, since others were that led to it."""
idempotent: dict[str, Any] = {"opt": {IDEMPOTENT: True}}
"""Put ``**idempotent`` on a POST route that a client may repeat with an ``Idempotency-Key``."""

EXAMPLE_TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


def limited(kind: Kind) -> dict[str, Any]:
    """Put ``**limited("search")`` on a route whose requests are counted as of that kind."""
    return {LIMIT: kind}


def errors(*kinds: type[AppError]) -> dict[int, ResponseSpec]:
    """Describe in OpenAPI the errors that a route may answer with (several of one status are joined)."""
    by_status: dict[int, list[type[AppError]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return {
        status: ResponseSpec(
            data_container=ErrorBody,
            generate_examples=False,
            description="; ".join(f"`{kind.code}`: {first_line(kind)}" for kind in found),
            examples=[Example(id=kind.code, value=example_error(kind.code, first_line(kind))) for kind in found],
        )
        for status, found in by_status.items()
    }


def first_line(kind: type[AppError]) -> str:
    """What an error says of itself."""
    return (kind.__doc__ or kind.__name__).splitlines()[0]


def example_error(code: str, message: str) -> dict[str, object]:
    """An error as it stands on the wire."""
    return {"code": code, "message": message, "details": {}, "traceId": EXAMPLE_TRACE_ID}
