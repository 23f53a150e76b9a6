"""Tags at the end of a file: ID3v1, APEv2, Lyrics3v2 and an appended ID3v2.4, in whatever order they were stacked."""

import msgspec

from tutti.services.catalog.service.reading import id3, id3v1
from tutti.services.catalog.service.reading.ape import FOOTER_BYTES, read_ape
from tutti.services.catalog.service.reading.audio_file import AudioFile
from tutti.services.catalog.service.reading.raw_tags import RawTags

MAX_STACKED_TAGS = 8
MAX_APE_BYTES = 32 * 1024 * 1024
# Holds ID3v1 and the footers before it.
_LOOK_BYTES = 160
_APE_HAS_HEADER = 0x80000000
_LYRICS3_END = b"LYRICS200"
_LYRICS3_TRAILER_BYTES = 15  # six digits of size, then the mark


class TrailingTags(msgspec.Struct):
    """`audio_end` is the offset where the audio ends and the first of the tags begins."""

    audio_end: int
    ape: RawTags | None = None
    id3v1: RawTags | None = None
    id3v2: RawTags | None = None


def read_trailing_tags(file: AudioFile, audio_start: int) -> TrailingTags:
    """Peel tags off the end of the file until only audio is left; never past `audio_start`."""
    tags = TrailingTags(file.size_bytes)
    for _ in range(MAX_STACKED_TAGS):
        start = max(audio_start, tags.audio_end - _LOOK_BYTES)
        tail = file.read(start, tags.audio_end - start)
        size = _peel(file, tail, tags)
        if not 0 < size <= tags.audio_end - audio_start:
            break
        tags.audio_end -= size
    return tags


def _peel(file: AudioFile, tail: bytes, tags: TrailingTags) -> int:
    """Read the outermost tag into `tags` and return its size in bytes; 0 if there is none."""
    if tail[-id3v1.TAG_BYTES :][:3] == b"TAG" and len(tail) >= id3v1.TAG_BYTES and tags.id3v1 is None:
        tags.id3v1 = id3v1.read_id3v1(tail[-id3v1.TAG_BYTES :])
        return id3v1.TAG_BYTES
    footer = tail[-FOOTER_BYTES:]
    if footer[:8] == b"APETAGEX" and len(footer) == FOOTER_BYTES:
        return _peel_ape(file, footer, tags)
    if tail.endswith(_LYRICS3_END) and tail[-_LYRICS3_TRAILER_BYTES : -len(_LYRICS3_END)].isdigit():
        return int(tail[-_LYRICS3_TRAILER_BYTES : -len(_LYRICS3_END)]) + _LYRICS3_TRAILER_BYTES
    if tail[-id3.HEADER_BYTES :][:3] == b"3DI":
        return _peel_id3v2(file, tail[-id3.HEADER_BYTES :], tags)
    return 0


def _peel_ape(file: AudioFile, footer: bytes, tags: TrailingTags) -> int:
    size = int.from_bytes(footer[12:16], "little")  # items and footer
    flags = int.from_bytes(footer[20:24], "little")
    start = tags.audio_end - size
    if size < FOOTER_BYTES or start < 0:
        return 0
    if tags.ape is None and size <= MAX_APE_BYTES:
        tags.ape = read_ape(file.read(start, size - FOOTER_BYTES))
    return size + (FOOTER_BYTES if flags & _APE_HAS_HEADER else 0)


def _peel_id3v2(file: AudioFile, footer: bytes, tags: TrailingTags) -> int:
    size = id3.tag_size(b"ID3" + footer[3:])
    start = tags.audio_end - size
    if start < 0:
        return 0
    if tags.id3v2 is None:
        tag = file.read(start, min(size - id3.HEADER_BYTES, id3.MAX_TAG_BYTES))
        if tag[:3] == b"ID3":
            tags.id3v2 = id3.read_id3(tag)
    return size
