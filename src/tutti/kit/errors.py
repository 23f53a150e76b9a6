"""Errors that a client may see, each with its HTTP status.

AppError
├── Invalid            400  a value that cannot be
├── Unauthorized       401  who are you?
├── Forbidden          403  known, and not allowed
├── NotFound           404  not there, or not for you
├── Conflict           409  clashes with what is there
├── TooLarge           413
├── UnsupportedType    415
├── Unprocessable      422  well-formed, and still impossible
├── TooManyRequests    429  carries ``retry_after_s``
└── Unavailable        503  carries ``retry_after_s``

A service derives its own (``class TrackNotFound(NotFound)``); the ``code`` on the wire is the class name in
capitals (``TRACK_NOT_FOUND``), unless it sets another; a private class has its parent's. They are rendered in one
place, `tutti.kit.web`.
"""

import re
from typing import Any, ClassVar

import msgspec

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class AppError(Exception):
    """A failure with a status, a code for programs and a sentence for people."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "APP_ERROR"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" not in vars(cls) and not cls.__name__.startswith("_"):
            cls.code = _WORD_START.sub("_", cls.__name__).upper()

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    @property
    def headers(self) -> dict[str, str]:
        """Response headers this error asks for."""
        return {}


class Invalid(AppError):
    """A value that cannot be: a malformed body, parameter or cursor."""

    status = 400


class Unauthorized(AppError):
    """No valid credentials came with the request."""

    status = 401

    @property
    def headers(self) -> dict[str, str]:
        """RFC 6750 §3: say which scheme is wanted."""
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(AppError):
    """The caller is known and may not do this."""

    status = 403


class NotFound(AppError):
    """The thing is not there, or the caller may not know that it is."""

    status = 404


class Conflict(AppError):
    """The request clashes with the present state."""

    status = 409


class TooLarge(AppError):
    """The body is larger than its limit."""

    status = 413


class UnsupportedType(AppError):
    """The content is of a type that is not taken here."""

    status = 415


class Unprocessable(AppError):
    """Well-formed, and still impossible to carry out."""

    status = 422


class _RetryLater(AppError):
    def __init__(self, message: str, *, retry_after_s: int, **details: object) -> None:
        super().__init__(message, **details)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110 §10.2.3, in seconds."""
        return {"Retry-After": str(self.retry_after_s)}


class TooManyRequests(_RetryLater):
    """A limit is reached; come back after ``retry_after_s`` seconds."""

    status = 429


class Unavailable(_RetryLater):
    """Something needed is away for the moment."""

    status = 503


class ErrorBody(msgspec.Struct, frozen=True, rename="camel"):
    """An error as it stands on the wire."""

    code: str
    message: str
    details: dict[str, Any]
    trace_id: str
