"""Ogg files (RFC 3533) of Vorbis, Opus (RFC 7845) or FLAC: the header packets, the length, the identity."""

from collections.abc import Iterator

import msgspec

from tutti.services.catalog.service.reading.audio_file import AudioFile
from tutti.services.catalog.service.reading.fingerprint import WINDOW_BYTES, fingerprint_parts
from tutti.services.catalog.service.reading.flac import StreamInfo, parse_stream_info
from tutti.services.catalog.service.reading.raw_tags import RawTags, Reading
from tutti.services.catalog.service.reading.track_tags import AudioProperties, UnreadableFile
from tutti.services.catalog.service.reading.vorbis_comment import read_picture, read_vorbis_comment

MAX_PAGE_BYTES = 27 + 255 + 255 * 255
MAX_HEADER_BYTES = 32 * 1024 * 1024
OPUS_RATE_HZ = 48_000

_PAGE_BYTES = 27
_NO_GRANULE = 0xFFFFFFFFFFFFFFFF
_FLAC_PICTURE = 6


class _Page(msgspec.Struct, gc=False):
    serial: int
    granule: int
    lacing: bytes
    body_start: int
    end: int


class _Stream(msgspec.Struct):
    """The header packets of a file's first stream and where its audio pages begin."""

    serial: int
    packets: list[bytes]
    audio_start: int


def read_ogg(file: AudioFile) -> Reading:
    """Read an Ogg file. Raises UnreadableFile if its stream is cut short or of another kind."""
    stream = _read_headers(file)
    first = stream.packets[0]
    raw = RawTags()
    granule = _last_granule(file, stream)
    audio_bytes = file.size_bytes - stream.audio_start
    if first.startswith(b"\x7fFLAC"):
        info = parse_stream_info(first[17:])
        _read_flac_packets(stream.packets[1:], raw)
        if info.has_md5:
            return Reading(raw, info.properties("ogg", audio_bytes), info.fingerprint())
        audio = _with_known_length(info, granule).properties("ogg", audio_bytes)
    elif first.startswith(b"OpusHead"):
        read_vorbis_comment(stream.packets[1][8:], raw)
        audio = _opus_properties(first, granule, audio_bytes)
    else:
        read_vorbis_comment(stream.packets[1][7:], raw)
        audio = _vorbis_properties(first, granule, audio_bytes)
    parts = [granule.to_bytes(8, "big"), *_windows(file, stream)]
    return Reading(raw, audio, fingerprint_parts(audio.codec, parts))


def _packets_wanted(first: bytes) -> int:
    if first.startswith(b"OpusHead"):
        return 2
    if first.startswith(b"\x01vorbis"):
        return 3
    if first.startswith(b"\x7fFLAC") and len(first) >= 9:
        return 1 + max(1, int.from_bytes(first[7:9], "big"))
    if first.startswith(b"Speex   "):
        raise UnreadableFile("it holds Speex, which is not supported")
    raise UnreadableFile("it holds no Vorbis, Opus or FLAC audio")


def _read_headers(file: AudioFile) -> _Stream:
    stream: _Stream | None = None
    unfinished: list[bytes] = []
    wanted = position = 0
    while position < MAX_HEADER_BYTES:
        page = _page_at(file.read(position, _PAGE_BYTES + 255), position)
        if page is None:
            raise UnreadableFile("cut short: the file ends inside its header")
        position = page.end
        if stream is not None and page.serial != stream.serial:
            continue
        body = file.read_exactly(page.body_start, page.end - page.body_start)
        packets = _split(body, page.lacing, unfinished)
        if stream is None:
            first = next(packets, b"")
            wanted = _packets_wanted(first)
            stream = _Stream(page.serial, [first], 0)
        stream.packets += packets
        if len(stream.packets) >= wanted:
            stream.audio_start = position
            return stream
    raise UnreadableFile("damaged: its header does not end")


def _page_at(header: bytes, position: int) -> _Page | None:
    """The page whose header (27 bytes and the lacing values) is given; `position` is its offset in the file."""
    if len(header) < _PAGE_BYTES or header[:5] != b"OggS\0":
        return None
    lacing = header[_PAGE_BYTES : _PAGE_BYTES + header[26]]
    if len(lacing) != header[26]:
        return None
    start = position + _PAGE_BYTES + len(lacing)
    return _Page(
        serial=int.from_bytes(header[14:18], "little"),
        granule=int.from_bytes(header[6:14], "little"),
        lacing=lacing,
        body_start=start,
        end=start + sum(lacing),
    )


def _split(body: bytes, lacing: bytes, unfinished: list[bytes]) -> Iterator[bytes]:
    """Yield the packets that end in a page; `unfinished` carries the begun one from page to page."""
    start = end = 0
    for size in lacing:
        end += size
        if size < 255:
            unfinished.append(body[start:end])
            yield b"".join(unfinished)
            unfinished.clear()
            start = end
    if end > start:
        unfinished.append(body[start:end])


def _last_granule(file: AudioFile, stream: _Stream) -> int:
    """The position, in samples, at the end of the last whole page; 0 if the file has no audio page."""
    start = max(stream.audio_start, file.size_bytes - MAX_PAGE_BYTES)
    tail = file.read(start, file.size_bytes - start)
    at = tail.rfind(b"OggS")
    while at >= 0:
        page = _page_at(tail[at : at + _PAGE_BYTES + 255], start + at)
        if page is not None and page.serial == stream.serial and page.granule != _NO_GRANULE:
            return page.granule
        at = tail.rfind(b"OggS", 0, at)
    return 0


def _windows(file: AudioFile, stream: _Stream) -> list[bytes]:
    """Audio from the beginning, the middle and the end: what pages hold, since re-tagging renumbers the pages."""
    start, end = stream.audio_start, file.size_bytes
    middle = start + (end - start) // 2
    last = max(start, end - MAX_PAGE_BYTES)
    return [_payload_from(file, stream.serial, at) for at in sorted({start, middle, last})]


def _payload_from(file: AudioFile, serial: int, start: int) -> bytes:
    """Up to a window of what the pages from the first that begins at or after `start` hold."""
    chunk = file.read(start, MAX_PAGE_BYTES + WINDOW_BYTES)
    at = chunk.find(b"OggS")
    found: list[bytes] = []
    missing = WINDOW_BYTES
    while at >= 0 and missing > 0:
        page = _page_at(chunk[at : at + _PAGE_BYTES + 255], at)
        if page is None or page.serial != serial:
            at = chunk.find(b"OggS", at + 1)
            continue
        piece = chunk[page.body_start : min(page.end, page.body_start + missing)]
        found.append(piece)
        missing -= len(piece)
        at = chunk.find(b"OggS", page.end)
    return b"".join(found)


def _read_flac_packets(packets: list[bytes], raw: RawTags) -> None:
    for number, packet in enumerate(packets):
        if number == 0:  # the mapping puts the comment first
            read_vorbis_comment(packet[4:], raw)
        elif packet[:1] and packet[0] & 0x7F == _FLAC_PICTURE:
            picture = read_picture(packet[4:])
            if picture is not None:
                raw.add_picture(picture.kind, picture.content)


def _with_known_length(info: StreamInfo, granule: int) -> StreamInfo:
    return info if info.samples else msgspec.structs.replace(info, samples=granule)


def _opus_properties(head: bytes, granule: int, audio_bytes: int) -> AudioProperties:
    if len(head) < 19:
        raise UnreadableFile("damaged: its header makes no sense")
    pre_skip = int.from_bytes(head[10:12], "little")
    duration_ms = max(0, granule - pre_skip) * 1000 / OPUS_RATE_HZ
    return AudioProperties(
        container="ogg",
        codec="opus",
        duration_ms=round(duration_ms),
        bit_rate_kbps=_bit_rate_kbps(audio_bytes, duration_ms),
        sample_rate_hz=OPUS_RATE_HZ,
        channels=head[9],
    )


def _vorbis_properties(head: bytes, granule: int, audio_bytes: int) -> AudioProperties:
    sample_rate = int.from_bytes(head[12:16], "little")
    if len(head) < 30 or sample_rate == 0:
        raise UnreadableFile("damaged: its header makes no sense")
    duration_ms = granule * 1000 / sample_rate
    return AudioProperties(
        container="ogg",
        codec="vorbis",
        duration_ms=round(duration_ms),
        bit_rate_kbps=_bit_rate_kbps(audio_bytes, duration_ms),
        sample_rate_hz=sample_rate,
        channels=head[11],
    )


def _bit_rate_kbps(audio_bytes: int, duration_ms: float) -> int:
    return round(audio_bytes * 8 / duration_ms) if duration_ms > 0 else 0
