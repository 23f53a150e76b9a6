"""Lyrics: plain text, and LRC with a time before each line (as files beside the audio, and inside tags)."""

import re

from tutti.services.catalog.service.reading.encodings import decode_unmarked
from tutti.services.catalog.service.reading.text import MAX_LYRICS_CHARS, clean_name, clean_text
from tutti.services.catalog.service.reading.track_tags import SyncedLine

MAX_LRC_BYTES = 1024 * 1024
MAX_SYNCED_LINES = 10_000
MAX_LINE_CHARS = 2_000
# How often one line may be sung, and how many texts a file may bring.
MAX_REPEATS = 1_000
MAX_TEXTS = 10
MAX_START_MS = 24 * 3_600_000

# [mm:ss], [mm:ss.xx], [mm:ss:xx], [hh:mm:ss.xx]; a fraction of two digits is hundredths.
_STAMP = re.compile(r"\[(?:(\d{1,2}):(?=\d{1,2}:\d{1,2}[.,]))?(\d{1,3}):(\d{1,2})(?:[.:,](\d{1,3}))?\]")
_WORD_STAMP = re.compile(r"\s*<\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?>\s*")
_OFFSET = re.compile(r"^[ \t]*\[offset:\s*([+-]?\d{1,7})\s*\]", re.IGNORECASE | re.MULTILINE)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def parse_lrc(text: str) -> list[SyncedLine]:
    """Return the timed lines of an LRC text by their start; empty if it has none.

    A positive ``[offset:+ms]`` shows all lines that much earlier. Times of single words (enhanced LRC) are dropped. A
    timed line without text is kept: it ends the line before.
    """
    offset = _OFFSET.search(text)
    offset_ms = int(offset[1]) if offset else 0
    lines: list[SyncedLine] = []
    for line in text.splitlines():
        stamps: list[re.Match[str]] = []
        position = len(line) - len(line.lstrip("\ufeff \t"))
        while len(stamps) < MAX_REPEATS and (match := _STAMP.match(line, position)):
            stamps.append(match)
            position = match.end()
        if stamps:
            words = clean_name(_WORD_STAMP.sub(" ", line[position : position + MAX_LINE_CHARS]))
            lines += [SyncedLine(max(0, _start_ms(stamp) - offset_ms), words) for stamp in stamps]
        if len(lines) >= MAX_SYNCED_LINES:
            break
    return sorted(lines[:MAX_SYNCED_LINES], key=lambda line: line.start_ms)


def decode_lrc(content: bytes) -> str:
    """Return the text of a lyrics file, whatever its encoding."""
    content = content[:MAX_LRC_BYTES]
    return content.decode("utf-16", "replace") if content[:2] in _UTF16_MARKS else decode_unmarked(content)


def read_lyrics(texts: list[str], timed: list[SyncedLine], beside: str | None) -> tuple[str | None, list[SyncedLine]]:
    """Return the plain lyrics and the timed ones of a track.

    `texts` are those in its tags, plain or LRC; `timed` come from a frame of its own; `beside` is the text of the file
    next to it, which someone put there on purpose: it comes first.
    """
    lines = parse_lrc(beside) if beside else []
    lines = lines or _clean_lines(timed)
    plain: str | None = None if lines or not beside else _plain(beside)
    for text in texts[:MAX_TEXTS]:
        timed_here = parse_lrc(text)
        if not timed_here:
            plain = plain or _plain(text)
        elif not lines:
            lines = timed_here
    if plain is None and lines:
        plain = "\n".join(line.text for line in lines).strip()[:MAX_LYRICS_CHARS] or None
    return plain, lines


def _plain(text: str) -> str | None:
    return clean_text(text, MAX_LYRICS_CHARS) or None


def _clean_lines(lines: list[SyncedLine]) -> list[SyncedLine]:
    cleaned = [SyncedLine(line.start_ms, clean_name(line.text)) for line in lines if line.start_ms <= MAX_START_MS]
    return sorted(cleaned, key=lambda line: line.start_ms)


def _start_ms(stamp: re.Match[str]) -> int:
    hours, minutes, seconds, fraction = stamp.groups()
    fraction_ms = int((fraction or "0").ljust(3, "0"))
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + fraction_ms
