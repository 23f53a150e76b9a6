"""The box structure of MP4 files (ISO 14496-12 §4.2) and the iTunes metadata list in it."""

from collections.abc import Iterator

import msgspec

from tutti.services.catalog.service.reading.audio_file import AudioFile
from tutti.services.catalog.service.reading.fingerprint import Span
from tutti.services.catalog.service.reading.track_tags import UnreadableFile

# A day of audio in fragments of ten seconds has 17,280 of them.
MAX_TOP_BOXES = 40_000
MAX_MOOV_BYTES = 64 * 1024 * 1024
MAX_CHILDREN = 1_000


class Box(msgspec.Struct, gc=False):
    """A box inside a piece of memory: its name, and where its content starts and ends there."""

    name: bytes
    start: int
    end: int


class Layout(msgspec.Struct):
    """The `moov` box's content, and where the media bytes are in the file."""

    moov: bytes
    media: list[Span]


def read_layout(file: AudioFile) -> Layout:
    """Walk the top boxes of a file. Raises UnreadableFile if the index is missing, or media that it announces."""
    moov: bytes | None = None
    media: list[Span] = []
    position = 0
    for _ in range(MAX_TOP_BOXES):
        header = file.read(position, 16)
        if len(header) < 8:
            break
        size, header_size = _size(header, file.size_bytes - position)
        if size < header_size:
            raise UnreadableFile("damaged: its structure makes no sense")
        name = header[4:8]
        if name == b"mdat":
            if position + size > file.size_bytes:
                raise UnreadableFile("cut short: the file ends before its audio does")
            media.append((position + header_size, size - header_size))
        elif name == b"moov" and moov is None:
            moov = file.read_exactly(position + header_size, min(size - header_size, MAX_MOOV_BYTES))
        position += size
    if moov is None:
        raise UnreadableFile("cut short: its index is missing")
    if not media:
        raise UnreadableFile("it holds no audio")
    return Layout(moov, media)


def children(content: bytes, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes in a piece of memory; it stops at the first that makes no sense."""
    for _ in range(MAX_CHILDREN):
        if start + 8 > end:
            return
        size, header_size = _size(content[start : start + 16], end - start)
        if size < header_size or start + size > end:
            return
        yield Box(content[start + 4 : start + 8], start + header_size, start + size)
        start += size


def find(content: bytes, box: Box, *path: bytes) -> Box | None:
    """Return the first box at this path of names below `box`, or None."""
    for name in path:
        found = next((child for child in children(content, box.start, box.end) if child.name == name), None)
        if found is None:
            return None
        box = found
    return box


def find_item_list(moov: bytes) -> Box | None:
    """Return the box with the iTunes metadata, or None."""
    meta = find(moov, Box(b"moov", 0, len(moov)), b"udta", b"meta")
    if meta is None:
        return None
    # ISO's `meta` starts with version and flags, QuickTime's does not.
    if moov[meta.start + 4 : meta.start + 8] != b"hdlr":
        meta.start += 4
    return find(moov, meta, b"ilst")


def _size(header: bytes, left: int) -> tuple[int, int]:
    """Size of a box and of its header; a 0 there means that it reaches to the end, a 1 that a wider number follows."""
    size = int.from_bytes(header[:4], "big")
    if size == 1:
        return int.from_bytes(header[8:16], "big"), 16
    return (left if size == 0 else size), 8
