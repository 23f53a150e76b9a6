"""Errors on the wire: ``{"code", "message", "details", "traceId"}``, whatever they were inside."""

from http import HTTPStatus
from typing import Any, NamedTuple

import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException

from tutti.kit.errors import AppError, ErrorBody
from tutti.kit.storage.errors import StorageError, as_answer
from tutti.kit.trace import trace_id

INVALID = "INVALID"
_UNEXPECTED = "Something went wrong here. Tell the operator the trace id; the log has the details."
_MESSAGES = {
    400: "The request cannot be understood.",
    404: "There is nothing here.",
    405: "This method is not answered here.",
    413: "The body is larger than what is taken here.",
}
_CODES = {400: INVALID, 413: "TOO_LARGE"}
_FIRST_SERVER_ERROR = 500

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.web")


class _Answer(NamedTuple):
    status: int
    code: str
    message: str
    details: dict[str, object]
    headers: dict[str, str]


def render(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    """Answer with ``error``; one that nobody foresaw is logged, and says nothing of what is inside."""
    answer = _describe(error)
    if answer is None:
        log.error("unexpected error", path=request.scope["path"], method=request.scope.get("method"), exc_info=error)
        answer = _Answer(500, "INTERNAL", _UNEXPECTED, {}, {})
    body = ErrorBody(code=answer.code, message=answer.message, details=answer.details, trace_id=trace_id())
    return Response(body, status_code=answer.status, headers=answer.headers, media_type=MediaType.JSON)


def _describe(error: Exception) -> _Answer | None:
    if isinstance(error, AppError):
        return _Answer(error.status, error.code, error.message, error.details, error.headers)
    if isinstance(error, StorageError):
        log.warning("the object storage fails", error=str(error).partition("\n")[0])
        return _describe(as_answer(error))
    if isinstance(error, ValidationException):
        details: dict[str, object] = {"problems": error.extra}
        return _Answer(400, INVALID, "The request does not fit the route.", details, {})
    if isinstance(error, RecursionError) and "deserializing" in str(error):  # msgspec's, of a body nested too deeply
        return _Answer(400, INVALID, _MESSAGES[400], {}, {})
    if isinstance(error, HTTPException) and error.status_code < _FIRST_SERVER_ERROR:
        status = error.status_code
        code = _CODES.get(status, HTTPStatus(status).name)
        return _Answer(status, code, _MESSAGES.get(status, HTTPStatus(status).phrase), {}, dict(error.headers or {}))
    return None
