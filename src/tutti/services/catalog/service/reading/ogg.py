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
_NEW_STREAM = b"OggS\0\x02"
_SEARCHED_BYTES = 1024 * 1024
_MOST_LINKS = 1_000


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
    raw, info = RawTags(), None
    granule, last_serial = _end_of(file, stream, file.size_bytes)
    audio_bytes = file.size_bytes - stream.audio_start
    if first.startswith(b"\x7fFLAC"):
        info = parse_stream_info(first[17:])
        _read_flac_packets(stream.packets[1:], raw)
        audio = _with_known_length(info, granule).properties("ogg", audio_bytes)
    elif first.startswith(b"OpusHead"):
        read_vorbis_comment(stream.packets[1][8:], raw)
        audio = _opus_properties(first, granule, audio_bytes)
    else:
        read_vorbis_comment(stream.packets[1][7:], raw)
        audio = _vorbis_properties(first, granule, audio_bytes)
    if last_serial not in (None, stream.serial):
        audio = _with_all_links(file, stream, audio)
    if info is not None and info.has_md5:
        return Reading(raw, audio, info.fingerprint())
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


def _read_headers(file: AudioFile, begin: int = 0) -> _Stream:
    stream: _Stream | None = None
    unfinished: list[bytes] = []
    wanted, position = 0, begin
    while position < begin + MAX_HEADER_BYTES:
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


def _end_of(file: AudioFile, stream: _Stream, end: int) -> tuple[int, int | None]:
    """The position, in samples, at the end of the last whole page, and which stream the very last page belongs to.

    The position is 0 if the stream has no audio page before ``end``.
    """
    start = max(stream.audio_start, end - MAX_PAGE_BYTES)
    tail = file.read(start, end - start)
    last: int | None = None
    at = tail.rfind(b"OggS")
    while at >= 0:
        page = _page_at(tail[at : at + _PAGE_BYTES + 255], start + at)
        if page is not None:
            last = page.serial if last is None else last
            if page.serial == stream.serial and page.granule != _NO_GRANULE:
                return page.granule, last
        at = tail.rfind(b"OggS", 0, at)
    return 0, last


def _with_all_links(file: AudioFile, first: _Stream, audio: AudioProperties) -> AudioProperties:
    """Count what follows the first link of a chained file, each of which counts time from nought (RFC 3533 §4)."""
    links = [(0, first), *_further_links(file, first.audio_start)]
    ends = [*(begin for begin, _ in links[1:]), file.size_bytes]
    duration_ms = sum(
        _length_ms(stream.packets[0], _end_of(file, stream, end)[0])
        for (_, stream), end in zip(links, ends, strict=True)
    )
    if len(links) == 1:  # streams beside each other, of which another ends last
        return audio
    bit_rate_kbps = _bit_rate_kbps(file.size_bytes - first.audio_start, duration_ms)
    return msgspec.structs.replace(audio, duration_ms=round(duration_ms), bit_rate_kbps=bit_rate_kbps)


def _further_links(file: AudioFile, at: int) -> Iterator[tuple[int, _Stream]]:
    """Yield where each further link begins, with its headers; what is no audio in it is passed over.

    Read by position and not mapped, as `kit.audio.ogg` does in a server: see `audio_file`.
    """
    for _ in range(_MOST_LINKS):
        at = _find(file, _NEW_STREAM, at)
        if at < 0:
            return
        try:
            stream = _read_headers(file, at)
        except UnreadableFile:
            at += len(_NEW_STREAM)
        else:
            yield at, stream
            at = stream.audio_start


def _find(file: AudioFile, mark: bytes, at: int) -> int:
    while len(chunk := file.read(at, _SEARCHED_BYTES)) >= len(mark):
        found = chunk.find(mark)
        if found >= 0:
            return at + found
        at += len(chunk) - len(mark) + 1
    return -1


def _length_ms(head: bytes, granule: int) -> float:
    if head.startswith(b"\x7fFLAC"):
        return granule * 1000 / parse_stream_info(head[17:]).sample_rate_hz
    if head.startswith(b"OpusHead"):
        return max(0, granule - int.from_bytes(head[10:12], "little")) * 1000 / OPUS_RATE_HZ
    return granule * 1000 / (int.from_bytes(head[12:16], "little") or OPUS_RATE_HZ)


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
    duration_ms = _length_ms(head, granule)
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
    duration_ms = _length_ms(head, granule)
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
