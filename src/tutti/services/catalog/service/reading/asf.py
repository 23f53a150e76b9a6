"""WMA files: header objects and their tags (Microsoft, "Advanced Systems Format Specification", 01.20.05)."""

from collections.abc import Iterator
from uuid import UUID

import msgspec

from tutti.services.catalog.service.reading.audio_file import AudioFile
from tutti.services.catalog.service.reading.fingerprint import fingerprint_spans
from tutti.services.catalog.service.reading.raw_tags import RawTags, Reading, free_name
from tutti.services.catalog.service.reading.track_tags import AudioProperties, UnreadableFile

MAX_HEADER_BYTES = 32 * 1024 * 1024
MAX_OBJECTS = 200
MAX_ATTRIBUTES = 2_000
MAX_TEXT_BYTES = 1024 * 1024


def _guid(text: str) -> bytes:
    return UUID(text).bytes_le


_HEADER_BYTES = 30
_OBJECT_HEADER_BYTES = 24
_DATA_HEADER_BYTES = 50
_CONTENT = _guid("75B22633-668E-11CF-A6D9-00AA0062CE6C")
_EXTENDED_CONTENT = _guid("D2D0A440-E307-11D2-97F0-00A0C95EA850")
_FILE = _guid("8CABDCA1-A947-11CF-8EE4-00C00C205365")
_STREAM = _guid("B7DC0791-A9B7-11CF-8EE6-00C00C205365")
_AUDIO_STREAM = _guid("F8699E40-5B4D-11CF-A8FD-00805F5C442B")
_EXTENSION = _guid("5FBF03B5-A92E-11CF-8EE3-00C00C205365")
_METADATA = _guid("C5F8CBEA-5BAF-4877-8467-AA8C44FA4CCA")
_METADATA_LIBRARY = _guid("44231C94-9498-49D1-A141-1D134E457054")
_ENCRYPTION = (_guid("2211B3FB-BD23-11D2-B4B7-00A0C955FC6E"), _guid("298AE614-2622-4C17-B935-DAE07EE9289C"))

_LOSSLESS = 0x163
_CODECS = {0x0A: "wma", 0x160: "wma", 0x161: "wma", 0x162: "wma", _LOSSLESS: "wmalossless"}
_UNICODE, _BYTES, _BOOL, _NUMBER_SIZES = 0, 1, 2, {2: 4, 3: 4, 4: 8, 5: 2}

_CONTENT_FIELDS = ("title", "artist", "copyright", "comment", "rating")
# Names of Windows Media's own; all others are the free names that taggers agree on, some with `WM/` before.
_FIELDS = {
    "author": "artist",
    "albumtitle": "album",
    "partofset": "disc",
    "writer": "lyricist",
    "catalogno": "catalognumber",
    "beatsperminute": "bpm",
    "iscompilation": "compilation",
    "titlesortorder": "titlesort",
    "artistsortorder": "artistsort",
    "albumsortorder": "albumsort",
    "albumartistsortorder": "albumartistsort",
    "composersortorder": "composersort",
    "originalreleaseyear": "originalyear",
    "originalreleasetime": "originaldate",
    "track": "",  # counts from 0; WM/TrackNumber says the same from 1
}


class _Header(msgspec.Struct):
    raw: RawTags
    duration_ms: int = 0
    sound: bytes = b""
    metadata: list[bytes] = []


def read_asf(file: AudioFile) -> Reading:
    """Read a WMA file. Raises UnreadableFile if it is cut short, copy-protected, or has no sound."""
    size = int.from_bytes(file.read_exactly(0, _HEADER_BYTES)[16:24], "little")
    if size > MAX_HEADER_BYTES:
        raise UnreadableFile("damaged: its header makes no sense")
    header = _Header(RawTags())
    for kind, content in _objects(file.read_exactly(0, size), _HEADER_BYTES):
        _read_object(kind, content, header)
    # Further values of a list stand here, wherever the object itself stands.
    for block in header.metadata:
        _read_metadata(block, header.raw)
    sound = header.sound
    if len(sound) < 16:
        raise UnreadableFile("it holds no audio")
    number = int.from_bytes(sound[:2], "little")
    codec = _CODECS.get(number)
    if codec is None:
        raise UnreadableFile(f"it holds a codec that is not supported (WAVE format {number:#x})")
    audio = AudioProperties(
        container="asf",
        codec=codec,
        duration_ms=header.duration_ms,
        bit_rate_kbps=round(int.from_bytes(sound[8:12], "little") * 8 / 1000),
        sample_rate_hz=int.from_bytes(sound[4:8], "little"),
        channels=int.from_bytes(sound[2:4], "little"),
        bit_depth=int.from_bytes(sound[14:16], "little") if codec == "wmalossless" else None,
    )
    return Reading(header.raw, audio, _fingerprint(file, size))


def _fingerprint(file: AudioFile, data_start: int) -> str:
    data = file.read(data_start, _DATA_HEADER_BYTES)
    size = int.from_bytes(data[16:24], "little") if len(data) == _DATA_HEADER_BYTES else 0
    # A size that was never noted (0) or runs past the end: all that is there.
    end = data_start + size if _DATA_HEADER_BYTES < size <= file.size_bytes - data_start else file.size_bytes
    start = data_start + _DATA_HEADER_BYTES
    if end <= start:
        raise UnreadableFile("cut short: the file ends before its audio")
    return fingerprint_spans(file, "asf", [(start, end - start)])


def _objects(content: bytes, position: int) -> Iterator[tuple[bytes, bytes]]:
    for _ in range(MAX_OBJECTS):
        size = int.from_bytes(content[position + 16 : position + _OBJECT_HEADER_BYTES], "little")
        if size < _OBJECT_HEADER_BYTES or position + size > len(content):
            return
        yield content[position : position + 16], content[position + _OBJECT_HEADER_BYTES : position + size]
        position += size


def _read_object(kind: bytes, content: bytes, header: _Header) -> None:
    if kind == _CONTENT:
        _read_content(content, header.raw)
    elif kind == _EXTENDED_CONTENT:
        _read_extended_content(content, header.raw)
    elif kind == _FILE and len(content) >= 64:
        # Durations in units of 100 ns; the play duration includes the preroll, which is in ms.
        duration, preroll = int.from_bytes(content[40:48], "little"), int.from_bytes(content[56:64], "little")
        header.duration_ms = max(0, round(duration / 10_000) - preroll)
    elif kind == _STREAM and content[:16] == _AUDIO_STREAM and not header.sound:
        header.sound = content[54:72]
    elif kind == _EXTENSION:
        inner = _objects(content, 22)
        header.metadata += [block for inner_kind, block in inner if inner_kind in (_METADATA, _METADATA_LIBRARY)]
    elif kind in _ENCRYPTION:
        raise UnreadableFile("it is copy-protected")


def _read_content(content: bytes, raw: RawTags) -> None:
    position = 10
    for number, field in enumerate(_CONTENT_FIELDS):
        size = int.from_bytes(content[2 * number : 2 * number + 2], "little")
        text = _text(content[position : position + size])
        if text and free_name(field):
            raw.add(field, text)
        position += size


def _read_extended_content(content: bytes, raw: RawTags) -> None:
    position = 2
    for _ in range(min(MAX_ATTRIBUTES, int.from_bytes(content[:2], "little"))):
        name_size = int.from_bytes(content[position : position + 2], "little")
        name = content[position + 2 : position + 2 + name_size]
        position += 2 + name_size
        kind, size = (int.from_bytes(content[position + at : position + at + 2], "little") for at in (0, 2))
        position += 4 + size
        if position > len(content):
            return
        _add(raw, _text(name), kind, content[position - size : position])


def _read_metadata(content: bytes, raw: RawTags) -> None:
    position = 2
    for _ in range(min(MAX_ATTRIBUTES, int.from_bytes(content[:2], "little"))):
        head = content[position : position + 12]
        name_size, kind = int.from_bytes(head[4:6], "little"), int.from_bytes(head[6:8], "little")
        size = int.from_bytes(head[8:12], "little")
        name = content[position + 12 : position + 12 + name_size]
        position += 12 + name_size + size
        if position > len(content):
            return
        _add(raw, _text(name), kind, content[position - size : position])


def _add(raw: RawTags, name: str, kind: int, content: bytes) -> None:
    if kind == _BYTES:
        if name == "WM/Picture":
            _add_picture(raw, content)
        return
    key = name.removeprefix("WM/")
    field = _FIELDS.get(key.lower())
    if field is None:
        field = free_name(key)
    if field:
        value = (
            _text(content) if kind == _UNICODE else str(int.from_bytes(content[: _NUMBER_SIZES.get(kind, 0)], "little"))
        )
        if value:
            raw.add(field, value)


def _add_picture(raw: RawTags, content: bytes) -> None:
    """WM_PICTURE: type 1 byte, size 4, MIME and description as UTF-16 with an end mark each, then the image."""
    size = int.from_bytes(content[1:5], "little")
    if 0 < size <= len(content) - 9:
        raw.add_picture(content[0], content[len(content) - size :])


def _text(content: bytes) -> str:
    content = content[:MAX_TEXT_BYTES]
    return content[: len(content) & ~1].decode("utf-16-le", "replace").rstrip("\0")
