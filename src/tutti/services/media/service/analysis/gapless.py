"""What an encoder put before and after the sound, where the file says so.

Sources: the Xing/LAME header (gabriel.mp3-tech.org/mp3infotag.html), Apple's ``iTunSMPB`` comment, the edit list
(ISO/IEC 14496-12 §8.6.6), OpusHead's pre-skip (RFC 7845 §5.1).
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

_HEAD_BYTES = 1 << 16
_MOOV_LIMIT_BYTES = 64 << 20
_BOXES_LIMIT = 10_000
_SMPB = re.compile(rb"iTunSMPB.{1,40}? [0-9A-F]{8} ([0-9A-F]{8}) ([0-9A-F]{8}) ([0-9A-F]{16})", re.DOTALL)
_HEADERS = {b"mvhd", b"mdhd", b"elst"}
_PARENTS = {b"moov", b"trak", b"mdia", b"edts"}
_LAME_GAP_AT = 21
"""Bytes from the encoder's name to its delay and padding."""


class Gap(NamedTuple):
    """Samples per channel that are no part of the recording; padding is None where only the delay is said."""

    delay: int
    padding: int | None


def find_gap(path: Path, container: str) -> Gap | None:
    """Return what the file says of its encoder's delay and padding; None where it says nothing.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        if container == "mp3":
            return _of_mp3(file)
        if container == "mp4":
            return _of_mp4(file)
        return _of_opus(file.read(_HEAD_BYTES)) if container == "ogg" else None


def _of_mp3(file: BinaryIO) -> Gap | None:
    head = file.read(10)
    if head[:3] == b"ID3" and len(head) == 10:
        file.seek(10 + _synchsafe(head[6:10]) + (10 if head[5] & 0x10 else 0))
    else:
        file.seek(0)
    content = file.read(_HEAD_BYTES)
    found = re.search(rb"Xing|Info", content)
    if found is None or len(content) < found.end() + 4:
        return None
    (flags,) = struct.unpack_from(">I", content, found.end())
    lengths = ((1, 4), (2, 4), (4, 100), (8, 4))  # frames, bytes, table of contents, quality
    at = found.end() + 4 + sum(length for bit, length in lengths if flags & bit)
    packed = content[at + _LAME_GAP_AT : at + _LAME_GAP_AT + 3]
    if content[at : at + 4] not in (b"LAME", b"Lavf", b"Lavc", b"GOGO") or len(packed) < 3:
        return None
    both = int.from_bytes(packed, "big")
    return Gap(both >> 12, both & 0xFFF)


def _of_mp4(file: BinaryIO) -> Gap | None:
    moov = _read_moov(file)
    if moov is None:
        return None
    if found := _SMPB.search(moov):
        return Gap(int(found[1], 16), int(found[2], 16))
    return _of_edit_list(moov)


def _read_moov(file: BinaryIO) -> bytes | None:
    """Return the box that describes the file, wherever it is."""
    for _ in range(_BOXES_LIMIT):
        header = file.read(8)
        if len(header) < 8:
            return None
        size, kind = struct.unpack(">I4s", header)
        read = 8
        if size == 1:
            size, read = int.from_bytes(file.read(8), "big"), 16
        if kind == b"moov":
            return file.read(min(size - read, _MOOV_LIMIT_BYTES)) if size > read else None
        if size < read:  # up to the end of the file, or nonsense
            return None
        file.seek(size - read, 1)
    return None


def _of_edit_list(moov: bytes) -> Gap | None:
    """A single edit that begins within the media: what is before it is delay, what is behind it padding."""
    boxes = dict(_walk(moov))
    movie, media, edits = boxes.get(b"mvhd", b""), boxes.get(b"mdhd", b""), boxes.get(b"elst", b"")
    try:
        movie_scale, _ = _scale_and_duration(movie)
        scale, length = _scale_and_duration(media)
        wide = edits[0] == 1
        (count,) = struct.unpack_from(">I", edits, 4)
        duration, start = struct.unpack_from(">Qq" if wide else ">Ii", edits, 8)
    except (struct.error, IndexError):
        return None
    if count != 1 or start < 0 or not movie_scale:
        return None
    return Gap(start, max(0, length - start - round(duration * scale / movie_scale)))


def _scale_and_duration(header: bytes) -> tuple[int, int]:
    """Units per second, and how many of them, of a movie's or a media's header (they begin alike)."""
    scale, duration = struct.unpack_from(">IQ" if header[0] == 1 else ">II", header, 20 if header[0] == 1 else 12)
    return scale, duration


def _walk(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the headers within a box, the first of each kind last: in a dict that one stays."""
    found: list[tuple[bytes, bytes]] = []
    waiting = [(0, len(content))]
    while waiting and len(found) < _BOXES_LIMIT:
        at, end = waiting.pop()
        if at + 8 > end:
            continue
        size, kind = struct.unpack_from(">I4s", content, at)
        if size < 8 or at + size > end:
            continue
        waiting.append((at + size, end))
        if kind in _PARENTS:
            waiting.append((at + 8, at + size))
        elif kind in _HEADERS:
            found.append((kind, content[at + 8 : at + size]))
    yield from reversed(found)


def _of_opus(content: bytes) -> Gap | None:
    at = content.find(b"OpusHead")
    if at < 0 or len(content) < at + 12:
        return None
    return Gap(int.from_bytes(content[at + 10 : at + 12], "little"), None)


def _synchsafe(content: bytes) -> int:
    return sum((byte & 0x7F) << shift for byte, shift in zip(content, (21, 14, 7, 0), strict=True))
