"""Bare AAC streams (ADTS, ISO/IEC 13818-7 §6.2): no table says how long they are, so their frames are counted."""

from collections.abc import Iterator

import msgspec

from tutti.services.catalog.service.reading.audio_file import AudioFile
from tutti.services.catalog.service.reading.fingerprint import fingerprint_spans
from tutti.services.catalog.service.reading.mp3 import read_leading_id3
from tutti.services.catalog.service.reading.raw_tags import Reading
from tutti.services.catalog.service.reading.track_tags import AudioProperties, UnreadableFile
from tutti.services.catalog.service.reading.trailing_tags import read_trailing_tags

HEADER_BYTES = 7
LONGEST_FRAME_BYTES = (1 << 13) - 1
_RATES_HZ = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
_CHANNELS = (2, 1, 2, 3, 4, 5, 6, 8)
"""By configuration; 0 says it in the stream, where few look and hardly any mean anything else than stereo."""
_BLOCK_SAMPLES = 1024
_ENOUGH_FRAMES = 3
"""In a row: so many are no chance."""
_JUNK_BYTES = 64 * 1024
_CHUNK_BYTES = 1024 * 1024


class AdtsFrame(msgspec.Struct, frozen=True, gc=False):
    """One frame header; of `size` bytes is the whole frame."""

    kind: bytes
    """What is the same in all headers of a stream."""
    sample_rate_hz: int
    channels: int
    size: int
    samples: int


def parse_adts(header: bytes) -> AdtsFrame | None:
    """Return the frame that these 7 bytes begin, or None if they are no frame header."""
    if len(header) < HEADER_BYTES or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return None
    rate, size = header[2] >> 2 & 15, (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    if rate >= len(_RATES_HZ) or size <= HEADER_BYTES:
        return None
    return AdtsFrame(
        kind=bytes((header[1], header[2] & 0xFD, header[3] & 0xC0)),
        sample_rate_hz=_RATES_HZ[rate],
        channels=_CHANNELS[(header[2] & 1) << 2 | header[3] >> 6],
        size=size,
        samples=_BLOCK_SAMPLES * ((header[6] & 3) + 1),
    )


def begins_adts(content: bytes, *, at_end: bool) -> bool:
    """Tell whether frames follow each other from the start of ``content``; ``at_end``: the file ends with it."""
    return _follows(content, 0, at_end=at_end)


def read_adts(file: AudioFile) -> Reading:
    """Read a bare AAC stream. Raises UnreadableFile if it holds no frames.

    Of HE-AAC the sample rate is that of its core: frames do not say that there is more.
    """
    raw, start = read_leading_id3(file)
    trailing = read_trailing_tags(file, start)
    for lower in (trailing.id3v2, trailing.ape, trailing.id3v1):
        if lower is not None:
            raw.add_missing(lower)
    head = file.read(start, min(_JUNK_BYTES, trailing.audio_end - start))
    offset = _find_first(head, at_end=trailing.audio_end - start <= _JUNK_BYTES)
    first = None if offset is None else parse_adts(head[offset : offset + HEADER_BYTES])
    if offset is None or first is None:
        raise UnreadableFile("it holds no AAC stream")
    start += offset
    samples = audio_bytes = 0
    for frame in _frames(file, start, trailing.audio_end, first.kind):
        samples += frame.samples
        audio_bytes += frame.size
    duration_ms = samples * 1000 / first.sample_rate_hz
    audio = AudioProperties(
        container="adts",
        codec="aac",
        duration_ms=round(duration_ms),
        bit_rate_kbps=round(audio_bytes * 8 / duration_ms),
        sample_rate_hz=first.sample_rate_hz,
        channels=first.channels,
    )
    return Reading(raw, audio, fingerprint_spans(file, "adts", [(start, trailing.audio_end - start)]))


def _find_first(content: bytes, *, at_end: bool) -> int | None:
    at = content.find(b"\xff")
    while at >= 0:
        if _follows(content, at, at_end=at_end):
            return at
        at = content.find(b"\xff", at + 1)
    return None


def _follows(content: bytes, at: int, *, at_end: bool) -> bool:
    first = frame = parse_adts(content[at : at + HEADER_BYTES])
    for _ in range(_ENOUGH_FRAMES - 1):
        if first is None or frame is None or frame.kind != first.kind:
            return False
        at += frame.size
        if at_end and at == len(content):
            return True
        frame = parse_adts(content[at : at + HEADER_BYTES])
    return first is not None and frame is not None and frame.kind == first.kind


def _frames(file: AudioFile, start: int, end: int, kind: bytes) -> Iterator[AdtsFrame]:
    """Yield the frames of one stream; what is none between them is passed over, and so is one that is cut short."""
    chunk, base, at = b"", start, 0
    while base + at + HEADER_BYTES <= end:
        if at + HEADER_BYTES > len(chunk):
            base, at = base + at, 0
            chunk = file.read(base, min(_CHUNK_BYTES, end - base))
            if len(chunk) < HEADER_BYTES:  # the file has shrunk
                return
        frame = parse_adts(chunk[at : at + HEADER_BYTES])
        if frame is not None and frame.kind == kind:
            if base + at + frame.size <= end:
                yield frame
            at += frame.size
        else:
            behind = chunk.find(b"\xff", at + 1)
            at = behind if behind >= 0 else len(chunk)
