"""Errors on the wire: raised by one process, caught in another as the same class.

A failure says its class and those it derives from, nearest first, as ``catalog.TrackNotFound`` (of a service's api) or
``kit.NotFound``: whoever does not know the first one yet takes the next. Classes that are nobody's business outside a
service stand there as what they derive from.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec

from tutti.kit.errors import (
    AppError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Unprocessable,
    UnsupportedType,
)
from tutti.kit.rpc.errors import PeerFailed

BUILTINS: tuple[type[Exception], ...] = (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError)
"""The only errors that pass although they are not of ours: an api names them among those it raises."""
FAILURE_MAX_BYTES = 48 * 1024
"""Larger ones are sent without their details: they travel in the trailers of HTTP/2, which are bounded."""
_MESSAGE_MAX = 4096
_RETRY_AFTER_S = 1
_OURS = ("tutti", "services")
_BASES: tuple[type[AppError], ...] = (
    Invalid,
    Unauthorized,
    Forbidden,
    NotFound,
    Conflict,
    TooLarge,
    UnsupportedType,
    Unprocessable,
    TooManyRequests,
    Unavailable,
)
_BY_STATUS: Mapping[int, type[AppError]] = {base.status: base for base in _BASES}
_FIRST_SERVER_ERROR = 500


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error on its way."""

    classes: tuple[str, ...]
    status: int
    message: str
    attributes: dict[str, Any] = {}
    """Of an AppError, its message left out: ``details`` and what else its class remembers."""
    arguments: tuple[Any, ...] = ()
    """Of a builtin."""


_encoder = msgspec.msgpack.Encoder(enc_hook=str)
_decoder = msgspec.msgpack.Decoder(Failure)


def seal(error: Exception) -> bytes | None:
    """Return ``error`` as bytes for another process; None if it is none of its business."""
    if isinstance(error, AppError):
        attributes = {name: value for name, value in vars(error).items() if name != "message"}
        failure = Failure(tuple(_lineage(type(error))), error.status, error.message, attributes)
    elif type(error) in BUILTINS:
        failure = Failure((type(error).__name__,), _FIRST_SERVER_ERROR, str(error), arguments=_arguments(error))
    else:
        return None
    sealed = _encoder.encode(failure)
    return sealed if len(sealed) <= FAILURE_MAX_BYTES else _encoder.encode(_shortened(failure))


def _arguments(error: Exception) -> tuple[Any, ...]:
    """Return what to make ``error`` of again: an OSError keeps the name of the file apart from the rest."""
    filename: object = getattr(error, "filename", None)
    return error.args if filename is None else (*error.args, filename)


def unseal(sealed: bytes, peer: str) -> Exception:
    """Return the error that ``peer`` sealed, of its class or of the nearest one that is known here."""
    try:
        failure = _decoder.decode(sealed)
    except msgspec.DecodeError as error:
        return peer_failed(peer, f"its refusal cannot be read: {error}")
    builtin = next((cls for cls in BUILTINS if cls.__name__ == failure.classes[0]), None)
    if builtin is not None:
        return builtin(*failure.arguments)
    known = _known()
    cls = next((known[name] for name in failure.classes if name in known), None) or _nearest(failure.status)
    return _rebuilt(cls, failure)


def peer_failed(peer: str, reason: str) -> PeerFailed:
    """Return the error that stands for one that nobody foresaw at ``peer``; ``reason`` is for the log alone."""
    error = PeerFailed("Something went wrong here. Tell the operator the trace id; the log has the details.")
    error.add_note(f"{peer}: {reason}")
    return error


def _lineage(cls: type[AppError]) -> Iterator[str]:
    for each in cls.__mro__:
        if issubclass(each, AppError) and each is not AppError and (name := _public_name(each)):
            yield name


def _public_name(cls: type) -> str | None:
    """Name a class for others: None for one that is private, or that lies inside a service."""
    if cls.__name__.startswith("_"):
        return None
    parts = cls.__module__.split(".")
    if tuple(parts[:2]) == _OURS:
        return f"{parts[2]}.{cls.__qualname__}" if parts[3:4] == ["api"] else None
    return f"kit.{cls.__qualname__}" if parts[:2] == ["tutti", "kit"] else f"{cls.__module__}.{cls.__qualname__}"


def _known() -> dict[str, type[AppError]]:
    """Return every class there is by its public name. Not kept: errors are rare, and modules may come later."""
    found: dict[str, type[AppError]] = {}
    waiting: list[type[AppError]] = [AppError]
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        if cls is not AppError and (name := _public_name(cls)):
            found[name] = cls
    return found


def _nearest(status: int) -> type[AppError]:
    return _BY_STATUS.get(status) or (Invalid if status < _FIRST_SERVER_ERROR else Unavailable)


def _rebuilt(cls: type[AppError], failure: Failure) -> AppError:
    """Make an error without its constructor, whose arguments nobody told: with all that the one sent remembered."""
    error = cls.__new__(cls, failure.message)
    missing = {"retry_after_s": _RETRY_AFTER_S} if issubclass(cls, (TooManyRequests, Unavailable)) else {}
    vars(error).update({"message": failure.message, "details": {}, **missing, **failure.attributes})
    return error


def _shortened(failure: Failure) -> Failure:
    kept = {name: value for name, value in failure.attributes.items() if isinstance(value, (int, float, bool))}
    arguments = cast(tuple[object, ...], failure.arguments)
    short = tuple(
        each for each in arguments if isinstance(each, int) or (isinstance(each, str) and len(each) < _MESSAGE_MAX)
    )
    return Failure(failure.classes, failure.status, failure.message[:_MESSAGE_MAX], kept, short)
