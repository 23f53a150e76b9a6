"""Byte ranges of a request (RFC 9110 §14)."""

import re

import msgspec

_SPEC = re.compile(r"^\s*(\d*)\s*-\s*(\d*)\s*$", re.ASCII)
_MAX_SPECS = 32  # a header of thousands of ranges is an attack, and may be ignored
_MAX_DIGITS = 19


class ByteRange(msgspec.Struct, frozen=True):
    """Bytes ``start`` to ``end``, both included."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start + 1


class Unsatisfiable(Exception):
    """No range of the request touches the content."""


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """Return the range to send of content of ``size`` bytes; None: all of it.

    Of several ranges the first that touches the content is sent, which the RFC allows. A header that is malformed, or
    in a unit other than bytes, is ignored (RFC 9110 §14.2).

    Raises:
        Unsatisfiable: all ranges lie beyond the end.
    """
    if header is None:
        return None
    unit, equals, specs = header.partition("=")
    parts = specs.split(",")
    if unit.strip().lower() != "bytes" or not equals or len(parts) > _MAX_SPECS:
        return None
    parsed = [_parse(part, size) for part in parts if part.strip()]
    if not parsed or any(each == "malformed" for each in parsed):
        return None
    for each in parsed:
        if isinstance(each, ByteRange):
            return each
    raise Unsatisfiable


def _parse(spec: str, size: int) -> ByteRange | str:
    found = _SPEC.match(spec)
    if found is None or (not found[1] and not found[2]) or max(len(found[1]), len(found[2])) > _MAX_DIGITS:
        return "malformed"
    if not found[1]:
        length = min(int(found[2]), size)
        return ByteRange(size - length, size - 1) if length else "beyond"
    start = int(found[1])
    end = int(found[2]) if found[2] else size - 1
    if found[2] and end < start:
        return "malformed"
    return ByteRange(start, min(end, size - 1)) if start < size else "beyond"
