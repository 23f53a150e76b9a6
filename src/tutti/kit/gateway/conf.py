"""The syntax of nginx's configuration: directives and blocks, as nested lists until they are written."""

import re
from collections.abc import Iterable, Sequence
from typing import cast

_PLAIN = re.compile(r"[^\s;{}\"'\\#]+")
_INDENT = "  "

Line = str | tuple[str, Sequence["Line"]]
"""A directive (``gzip on``), a comment (``# …``), an empty line, or the head of a block and its lines."""


class BadValue(ValueError):
    """A value that nginx's configuration cannot hold; the message names it."""


def block(head: str, *lines: Line | Iterable[Line]) -> tuple[str, Sequence[Line]]:
    """Return a block; lines may come one by one and in lists."""
    flat: list[Line] = []
    for line in lines:
        if isinstance(line, (str, tuple)):
            flat.append(cast(Line, line))
        else:
            flat.extend(line)
    return head, flat


def quoted(value: str, *, variables: bool = False) -> str:
    """Return ``value`` as one word of the configuration.

    Raises:
        BadValue: it holds a control character, or a ``$`` that nginx would take for a variable and cannot escape.
    """
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise BadValue(f"{value!r} holds a control character; nginx's configuration cannot name it.")
    if "$" in value and not variables:
        raise BadValue(f"{value!r} holds a $, which nginx takes for the name of a variable. Use another name.")
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def write(lines: Iterable[Line], depth: int = 0) -> str:
    """Return the text of a configuration."""
    return "".join(_written(line, depth) for line in lines)


def _written(line: Line, depth: int) -> str:
    margin = _INDENT * depth
    if isinstance(line, tuple):
        head, body = line
        if len(body) == 1 and isinstance(body[0], str) and not body[0].startswith("#"):
            return f"{margin}{head} {{ {body[0]}; }}\n"
        return f"{margin}{head} {{\n{write(body, depth + 1)}{margin}}}\n"
    if not line:
        return "\n"
    return f"{margin}{line}\n" if line.startswith("#") else f"{margin}{line};\n"
