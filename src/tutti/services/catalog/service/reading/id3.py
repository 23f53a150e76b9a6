"""ID3v2.2, 2.3 and 2.4 tags (id3.org: id3v2-00, id3v2.3.0, id3v2.4.0-structure and -frames), from bytes.

Lenient where taggers are known to err: frame sizes that are not syncsafe in 2.4 (iTunes), an extended header that is
announced and missing, NUL-separated lists in 2.3, frames that run past the end. Encrypted frames are skipped.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import islice

from tutti.services.catalog.service.reading.id3_text import decode, decode_list, find_terminator, split_terminated
from tutti.services.catalog.service.reading.raw_tags import MAX_VALUES, RawTags, free_name
from tutti.services.catalog.service.reading.track_tags import SyncedLine

HEADER_BYTES = 10
# The format allows 256 MB; what lies behind this is not read.
MAX_TAG_BYTES = 32 * 1024 * 1024
MAX_INFLATED_BYTES = 16 * 1024 * 1024
MAX_TEXT_BYTES = 1024 * 1024
MAX_SYNCED_LINES = 10_000
MAX_FRAMES = 5_000
MUSICBRAINZ_OWNER = b"http://musicbrainz.org"

_FRAME = struct.Struct(">4sIH")
_FRAME_ID = re.compile(rb"[A-Z][A-Z0-9]{3}")
_SYLT_LYRICS = 1
_SYLT_MILLISECONDS = 2

_TEXT_FIELDS = {
    b"TIT2": "title",
    b"TSOT": "titlesort",
    b"TPE1": "artist",
    b"TSOP": "artistsort",
    b"TPE2": "albumartist",
    b"TSO2": "albumartistsort",
    b"TALB": "album",
    b"TSOA": "albumsort",
    b"TRCK": "track",
    b"TPOS": "disc",
    b"TSST": "discsubtitle",
    b"TDRC": "date",
    b"TYER": "year",
    b"TDRL": "releasedate",
    b"TDOR": "originaldate",
    b"TORY": "originalyear",
    b"TDAT": "daymonth",
    b"TCON": "genre",
    b"TCMP": "compilation",
    b"TCOM": "composer",
    b"TSOC": "composersort",
    b"TEXT": "lyricist",
    b"TPE3": "conductor",
    b"TPE4": "remixer",
    b"TSRC": "isrc",
    b"TPUB": "label",
    b"TBPM": "bpm",
}
# ID3v2.2 has names of three letters.
_OLD_IDS = {
    b"TT2": b"TIT2",
    b"TST": b"TSOT",
    b"TP1": b"TPE1",
    b"TSP": b"TSOP",
    b"TP2": b"TPE2",
    b"TS2": b"TSO2",
    b"TAL": b"TALB",
    b"TSA": b"TSOA",
    b"TRK": b"TRCK",
    b"TPA": b"TPOS",
    b"TYE": b"TYER",
    b"TDA": b"TDAT",
    b"TOR": b"TORY",
    b"TCO": b"TCON",
    b"TCP": b"TCMP",
    b"TCM": b"TCOM",
    b"TSC": b"TSOC",
    b"TXT": b"TEXT",
    b"TP3": b"TPE3",
    b"TP4": b"TPE4",
    b"TRC": b"TSRC",
    b"TPB": b"TPUB",
    b"TBP": b"TBPM",
    b"TXX": b"TXXX",
    b"UFI": b"UFID",
    b"COM": b"COMM",
    b"ULT": b"USLT",
    b"SLT": b"SYLT",
    b"IPL": b"IPLS",
    b"PIC": b"PIC",
}


def tag_size(header: bytes) -> int:
    """Return the whole size in bytes of the ID3v2 tag that starts with these 10 bytes; 0 if none does."""
    if len(header) < HEADER_BYTES or header[:3] != b"ID3" or header[3] == 0xFF:
        return 0
    size = HEADER_BYTES + _syncsafe(int.from_bytes(header[6:10], "big"))
    has_footer = header[3] >= 4 and header[5] & 0x10
    return size + HEADER_BYTES if has_footer else size


def read_id3(tag: bytes) -> RawTags:
    """Return what an ID3v2 tag (with its header) says. Never fails: what cannot be understood is left out."""
    version, flags = tag[3], tag[5]
    raw = RawTags(slash_lists=version < 4)
    frames = _old_frames(tag) if version == 2 else _frames(tag, version, flags)
    for frame_id, payload in islice(frames, MAX_FRAMES):
        field = _TEXT_FIELDS.get(frame_id)
        if field is not None:
            for value in decode_list(payload[:MAX_TEXT_BYTES]):
                raw.add(field, value)
            continue
        handler = _HANDLERS.get(frame_id)
        if handler is not None and payload:
            handler(raw, payload)
    return raw


def _syncsafe(value: int) -> int:
    return (value & 0x7F) | (value & 0x7F00) >> 1 | (value & 0x7F0000) >> 2 | (value & 0x7F000000) >> 3


def _old_frames(tag: bytes) -> Iterator[tuple[bytes, bytes]]:
    body = tag[HEADER_BYTES:]
    if tag[5] & 0x80:
        body = body.replace(b"\xff\x00", b"\xff")
    position = 0
    while position + 6 <= len(body) and body[position]:
        size = int.from_bytes(body[position + 3 : position + 6], "big")
        frame_id = _OLD_IDS.get(body[position : position + 3])
        position += 6
        if frame_id is not None:
            yield frame_id, body[position : position + size]
        position += size


def _frames(tag: bytes, version: int, flags: int) -> Iterator[tuple[bytes, bytes]]:
    unsynchronised = bool(flags & 0x80)
    position = HEADER_BYTES
    if unsynchronised and version == 3:
        tag = tag[:HEADER_BYTES] + tag[HEADER_BYTES:].replace(b"\xff\x00", b"\xff")
    if flags & 0x40:
        position += _extended_header_size(tag, version)
    end = len(tag)
    while position + HEADER_BYTES <= end and tag[position]:
        frame_id, size, frame_flags = _FRAME.unpack_from(tag, position)
        if size >= 0x80 and version == 4:
            size = _size_in_24(tag, position, size)
        position += HEADER_BYTES
        payload = tag[position : position + size]
        position += size
        if frame_flags or (unsynchronised and version == 4):
            unpacked = _unpack(payload, version, frame_flags, unsynchronised)
            if unpacked is None:
                continue
            payload = unpacked
        yield frame_id, payload


def _extended_header_size(tag: bytes, version: int) -> int:
    start = tag[HEADER_BYTES : HEADER_BYTES + 4]
    if _FRAME_ID.fullmatch(start):
        return 0  # announced, but a frame stands there
    size = int.from_bytes(start, "big")
    return _syncsafe(size) if version >= 4 else size + 4


def _size_in_24(tag: bytes, position: int, size: int) -> int:
    """Syncsafe by the standard; a plain number where only that leads to another frame, as iTunes wrote it."""
    safe = _syncsafe(size)
    after = position + HEADER_BYTES
    if not size & 0x80808080 and (_leads_on(tag, after + safe) or not _leads_on(tag, after + size)):
        return safe
    return size


def _leads_on(tag: bytes, position: int) -> bool:
    return position == len(tag) or (
        position < len(tag) and (not tag[position] or _FRAME_ID.match(tag, position) is not None)
    )


def _unpack(payload: bytes, version: int, flags: int, unsynchronised: bool) -> bytes | None:
    """Undo a frame's flags; None if it is encrypted or broken."""
    if version == 3:
        compressed, encrypted, grouped, has_length = flags & 0x80, flags & 0x40, flags & 0x20, flags & 0x80
    else:
        compressed, encrypted, grouped, has_length = flags & 0x08, flags & 0x04, flags & 0x40, flags & 0x01
        unsynchronised = unsynchronised or bool(flags & 0x02)
    if encrypted:
        return None
    skip = (1 if grouped else 0) + (4 if has_length else 0)
    payload = payload[skip:]
    if unsynchronised and version == 4:
        payload = payload.replace(b"\xff\x00", b"\xff")
    if not compressed:
        return payload
    try:
        return zlib.decompressobj().decompress(payload, MAX_INFLATED_BYTES)
    except zlib.error:
        return None


def _read_txxx(raw: RawTags, payload: bytes) -> None:
    description, rest = split_terminated(payload[0], payload[1:MAX_TEXT_BYTES])
    field = free_name(description)
    if field is not None:
        for value in decode_list(payload[:1] + rest):
            raw.add(field, value)


def _read_ufid(raw: RawTags, payload: bytes) -> None:
    owner, _, identifier = payload.partition(b"\0")
    if owner == MUSICBRAINZ_OWNER:
        raw.add("mb_recording", identifier.decode("ascii", "replace"))


def _described(payload: bytes) -> tuple[str, str]:
    """Description and text of a frame with encoding, language (3 bytes), description, text."""
    description, rest = split_terminated(payload[0], payload[4:MAX_TEXT_BYTES])
    return description, decode(payload[0], rest).rstrip("\0")


def _read_comment(raw: RawTags, payload: bytes) -> None:
    description, text = _described(payload)
    # Under a description stand players' own notes (iTunNORM, MusicMatch moods); iTunes' gapless note is one we use.
    if not description:
        raw.add("comment", text)
    elif free_name(description) == "itunsmpb":
        raw.add("itunsmpb", text)


def _read_lyrics(raw: RawTags, payload: bytes) -> None:
    raw.add("lyrics", _described(payload)[1])


def _read_synced_lyrics(raw: RawTags, payload: bytes) -> None:
    if len(payload) < 7 or payload[4] != _SYLT_MILLISECONDS or payload[5] != _SYLT_LYRICS or raw.synced_lyrics:
        return
    encoding = payload[0]
    position = find_terminator(encoding, payload, 6)[1]
    while len(raw.synced_lyrics) < MAX_SYNCED_LINES:
        end, after = find_terminator(encoding, payload, position)
        stamp = payload[after : after + 4]
        if len(stamp) < 4:
            break
        text = decode(encoding, payload[position:end]).strip("\r\n")
        raw.synced_lyrics.append(SyncedLine(int.from_bytes(stamp, "big"), text))
        position = after + 4


def _read_people(raw: RawTags, payload: bytes) -> None:
    text = decode(payload[0], payload[1:MAX_TEXT_BYTES]).split("\0", 2 * MAX_VALUES)
    raw.people += zip(text[0::2], text[1 : 2 * MAX_VALUES : 2], strict=False)


def _read_picture(raw: RawTags, payload: bytes) -> None:
    mime, _, rest = payload[1:].partition(b"\0")
    if rest and mime != b"-->":  # a link, not an image
        content = split_terminated(payload[0], rest[1:])[1]
        raw.add_picture(rest[0], content)


def _read_old_picture(raw: RawTags, payload: bytes) -> None:
    if len(payload) > 5 and payload[1:4] != b"-->":
        raw.add_picture(payload[4], split_terminated(payload[0], payload[5:])[1])


def _read_relative_volume(raw: RawTags, payload: bytes) -> None:
    """RVA2, where ReplayGain stood before TXXX: fixed point, 512 steps to the dB; channel 1 is the master volume."""
    name, _, rest = payload.partition(b"\0")
    scope = name.decode("latin-1").lower()
    if scope in ("track", "album") and len(rest) >= 3 and rest[0] == 1:
        raw.add(f"rg_{scope}_gain", str(int.from_bytes(rest[1:3], "big", signed=True) / 512))


_HANDLERS: dict[bytes, Callable[[RawTags, bytes], None]] = {
    b"TXXX": _read_txxx,
    b"UFID": _read_ufid,
    b"COMM": _read_comment,
    b"USLT": _read_lyrics,
    b"SYLT": _read_synced_lyrics,
    b"TIPL": _read_people,
    b"TMCL": _read_people,
    b"IPLS": _read_people,
    b"APIC": _read_picture,
    b"PIC": _read_old_picture,
    b"RVA2": _read_relative_volume,
}
