"""Containers by their first bytes.

Whatever a file is called, ffmpeg is told to read it as the container found here and as no other (`kit.audio.source`);
playlists and scripts (hls, concat, dash …), which would name further files, have no such first bytes.
"""

from collections.abc import Callable
from typing import BinaryIO

import msgspec

from tutti.kit.containers import MIME_OF


class Format(msgspec.Struct, frozen=True):
    """A container: its name as the catalogue knows it, and the ending of originals."""

    name: str
    extension: str

    @property
    def mime(self) -> str:
        """The MIME type."""
        return MIME_OF[self.name]


MP3 = Format("mp3", "mp3")
ADTS = Format("adts", "aac")
FLAC = Format("flac", "flac")
MP4 = Format("mp4", "m4a")
OGG = Format("ogg", "ogg")
WAV = Format("wav", "wav")
AIFF = Format("aiff", "aiff")
ASF = Format("asf", "wma")
APE = Format("ape", "ape")
WAVPACK = Format("wavpack", "wv")
DSF = Format("dsf", "dsf")

_PREFIXES = (
    (b"fLaC", FLAC),
    (b"OggS", OGG),
    (bytes.fromhex("3026b2758e66cf11"), ASF),
    (b"MAC ", APE),
    (b"wvpk", WAVPACK),
    (b"DSD ", DSF),
)
_FIRST_ATOMS = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"})
_HEAD_BYTES = 64
_JUNK_BYTES = 64 * 1024
"""How far into a bare MPEG stream its first frame may be."""
_FRAMES_NEEDED = 3
"""In a row: two bytes that look like the head of a frame are in any file."""
_TAGS_LIMIT = 4
_LAYER_3_KBPS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def sniff(file: BinaryIO) -> Format | None:
    """Return what the content of ``file`` proves it to be, or None; ID3v2 tags before it are passed over.

    Raises:
        OSError: it cannot be read.
    """
    start = _skip_tags(file)
    file.seek(start)
    head = file.read(_HEAD_BYTES)
    found = _by_magic(head)
    if found is not None:
        return found
    file.seek(start)
    return _by_frames(file.read(_JUNK_BYTES))


def _by_magic(head: bytes) -> Format | None:
    for prefix, format_ in _PREFIXES:
        if head.startswith(prefix):
            return format_
    if head[4:8] in _FIRST_ATOMS:
        return MP4
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return WAV
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return AIFF
    return None


def _skip_tags(file: BinaryIO) -> int:
    start = 0
    for _ in range(_TAGS_LIMIT):  # some writers put one before another
        file.seek(start)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3":
            break
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        start += 10 + size + (10 if head[5] & 0x10 else 0)
    return start


def _by_frames(content: bytes) -> Format | None:
    at = content.find(b"\xff")
    while 0 <= at < len(content) - 4:
        for format_, length_of in ((MP3, _frame_bytes), (ADTS, _adts_bytes)):
            if _frames_from(content, at, length_of) >= _FRAMES_NEEDED:
                return format_
        at = content.find(b"\xff", at + 1)
    return None


def _frames_from(content: bytes, at: int, length_of: Callable[[bytes], int]) -> int:
    """How many frames of one kind follow each other from ``at``, of those looked for."""
    count = 0
    while count < _FRAMES_NEEDED and (length := length_of(content[at : at + 7])):
        count += 1
        at += length
    return count


def _adts_bytes(head: bytes) -> int:
    """Length of the ADTS frame that begins with ``head`` (ISO/IEC 13818-7 §6.2); 0 if none does."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12:
        return 0
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return length if length > 7 else 0


def _frame_bytes(head: bytes) -> int:
    """Length of the MPEG audio frame that begins with ``head`` (ISO/IEC 11172-3 §2.4.1.3); 0 if none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # sync, layer 3
        return 0
    version, rate_index, kbps_index = head[1] >> 3 & 3, head[2] >> 2 & 3, head[2] >> 4
    if version == 1 or rate_index == 3 or kbps_index in (0, 15):
        return 0
    first = version == 3
    rate_hz = _RATES_HZ[version][rate_index]
    return (144 if first else 72) * _LAYER_3_KBPS[first][kbps_index] * 1000 // rate_hz + (head[2] >> 1 & 1)
