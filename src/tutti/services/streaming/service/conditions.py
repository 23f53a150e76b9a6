"""Conditions of a request, and the validators they are held against (RFC 9110 §8.8 and §13)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import msgspec


class Validators(msgspec.Struct, frozen=True):
    """What tells one content from another."""

    etag: str
    modified: datetime | None
    """Whole seconds; None where the date proves nothing."""


def validators_of(size_bytes: int, mtime_ns: int, present: float, etag: str | None = None) -> Validators:
    """Return the validators of a file at the Unix time ``present``.

    Dates count in seconds: a file that was written in this very second may be written in it again, and its date proves
    nothing until the second is over. Nor does one that lies ahead.
    """
    second = mtime_ns // 1_000_000_000
    modified = datetime.fromtimestamp(second, UTC) if 0 <= second <= present - 1 else None
    return Validators(etag or f'"{size_bytes:x}-{mtime_ns:x}"', modified)


def check_conditions(headers: Mapping[str, str], has: Validators) -> Literal[200, 304, 412]:
    """Return the status that the conditions of a GET or HEAD lead to, in the order of RFC 9110 §13.2.2."""
    if (wanted := headers.get("if-match")) is not None:
        if "*" not in _tags(wanted) and has.etag not in _tags(wanted):
            return 412
    elif (since := _moment(headers.get("if-unmodified-since"))) is not None and _is_newer(has, since):
        return 412
    if (known := headers.get("if-none-match")) is not None:
        tags = [tag.removeprefix("W/") for tag in _tags(known)]
        return 304 if "*" in tags or has.etag in tags else 200
    since = _moment(headers.get("if-modified-since"))
    return 200 if since is None or _is_newer(has, since) else 304


def range_applies(if_range: str | None, has: Validators) -> bool:
    """Whether ``If-Range`` lets the range be sent: the content is still what the client has a part of."""
    if if_range is None:
        return True
    if if_range.startswith(('"', "W/")):
        return if_range == has.etag  # strong comparison: a weak tag never matches
    return has.modified is not None and _moment(if_range) == has.modified


def _is_newer(has: Validators, since: datetime) -> bool:
    return has.modified is None or has.modified > since


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]


def _moment(date: str | None) -> datetime | None:
    if date is None:
        return None
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):  # the latter for a time zone of millions of hours
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
