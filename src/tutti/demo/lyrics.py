"""Lyrics with times."""

from collections.abc import Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """A sung line and the millisecond at which it begins."""

    start_ms: int
    text: str


def timed(texts: Sequence[str], starts_s: Sequence[float]) -> tuple[Line, ...]:
    """Return lines with their times. Raises ValueError if there are not as many of both."""
    return tuple(Line(round(start * 1000), text) for text, start in zip(texts, starts_s, strict=True))


def lrc(lines: Sequence[Line], *, title: str, artist: str, album: str) -> str:
    """Return lines as an LRC file."""
    head = [f"[ti:{title}]", f"[ar:{artist}]", f"[al:{album}]"]
    return "\n".join([*head, *(f"[{_stamp(line.start_ms)}]{line.text}" for line in lines), ""])


def _stamp(start_ms: int) -> str:
    minutes, rest_ms = divmod(start_ms, 60_000)
    return f"{minutes:02}:{rest_ms / 1000:05.2f}"
