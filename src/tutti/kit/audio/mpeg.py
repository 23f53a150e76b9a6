"""Where the frames of bare MPEG streams are: they have no index, and no time but the count of frames.

ISO/IEC 11172-3 §2.4.1 and 13818-3 (mp1 to mp3), ISO/IEC 13818-7 §6.2 (ADTS). A stream that ffmpeg would have to search
for its next frame somewhere in the middle is not indexed: what it decodes there cannot be known by counting.
"""

import mmap
import os
from array import array
from collections.abc import Callable

import msgspec

STEP = 32
"""Every so many frames, the place of one is kept."""
_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_ADTS_RATES_HZ = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
_KBPS = {
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_DECODER_DELAY = 528 + 1
_ENCODERS_WITH_DELAY = (b"LAME", b"Lavf", b"Lavc")
"""Those whose info frame ffmpeg believes the delay of."""
_JUNK_BYTES = 64 * 1024
"""Before the first frame; ffmpeg looks no further either."""
_TAGS_LIMIT = 8


class FrameIndex(msgspec.Struct, frozen=True):
    """The frames of a bare stream, from its first one that holds sound."""

    sample_rate_hz: int
    frame_samples: int
    frames: int
    places: "array[int]"
    """Byte offset of each `STEP`-th frame."""
    skipped_samples: int
    """At the beginning, which decoders leave out because the file says so."""
    cut_samples: int
    """At the end, likewise."""

    @property
    def total_samples(self) -> int:
        """What a decoder gives of each channel."""
        return max(0, self.frames * self.frame_samples - self.skipped_samples - self.cut_samples)

    def place_before(self, frame: int) -> tuple[int, int]:
        """Return the number and the byte offset of a frame at or before ``frame`` that the index knows."""
        step = min(max(frame, 0) // STEP, len(self.places) - 1)
        return step * STEP, self.places[step]


class _Layout(msgspec.Struct, frozen=True):
    """What all frames of a stream have in common, and how long each is by its header."""

    sample_rate_hz: int
    frame_samples: int
    size_of: Callable[[mmap.mmap, int], int]
    """0: no frame of this stream begins there."""
    info_offset: int = 0
    """Where in its first frame an mp3 may have a table in place of sound; 0: it cannot."""


def index_frames(path: str, container: str) -> FrameIndex | None:
    """Return the index of an ``mp3`` or ``adts`` file; None if it cannot be read by counting frames alone.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - the path may be any that the system takes
        if os.fstat(file.fileno()).st_size == 0:
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _index(content, _mpeg_layout if container == "mp3" else _adts_layout)


def _index(content: mmap.mmap, layout_at: Callable[[mmap.mmap, int], _Layout | None]) -> FrameIndex | None:
    start = _skip_tags(content)
    found = _first_frame(content, start, layout_at)
    if found is None:
        return None
    start, layout = found
    info = _read_info(content, start, layout)
    at = start if info is None else start + layout.size_of(content, start)
    places = array("Q")
    frames, at = _walk(content, at, layout, places)
    if not frames or _resumes(content, at, layout):
        return None
    skipped, cut, promised = info or (0, 0, 0)
    if cut and promised != frames:
        return None  # the end is cut where the table says that it is, which is somewhere in the middle
    return FrameIndex(layout.sample_rate_hz, layout.frame_samples, frames, places, skipped, cut)


def _walk(content: mmap.mmap, at: int, layout: _Layout, places: "array[int]") -> tuple[int, int]:
    """Count the frames from ``at`` on; return also where the last one ends."""
    size_of, end, frames = layout.size_of, len(content), 0
    while at + 8 <= end:
        size = size_of(content, at)
        if not size or at + size > end:
            break
        if frames % STEP == 0:
            places.append(at)
        frames += 1
        at += size
    return frames, at


def _first_frame(
    content: mmap.mmap, start: int, layout_at: Callable[[mmap.mmap, int], _Layout | None]
) -> tuple[int, _Layout] | None:
    """Find the first frame that another of its kind follows."""
    at = start
    while 0 <= (at := content.find(b"\xff", at, start + _JUNK_BYTES)) < len(content) - 8:
        layout = layout_at(content, at)
        if layout is not None and _followed(content, at, layout):
            return at, layout
        at += 1
    return None


def _followed(content: mmap.mmap, at: int, layout: _Layout) -> bool:
    after = at + layout.size_of(content, at)
    return after == len(content) or (after + 8 <= len(content) and layout.size_of(content, after) > 0)


def _resumes(content: mmap.mmap, at: int, layout: _Layout) -> bool:
    """Tell whether frames go on behind something that is none."""
    while 0 <= (at := content.find(b"\xff", at + 1)) < len(content) - 8:
        if layout.size_of(content, at) and _followed(content, at, layout):
            return True
    return False


def _skip_tags(content: mmap.mmap) -> int:
    at = 0
    for _ in range(_TAGS_LIMIT):
        if content[at : at + 3] != b"ID3" or len(content) < at + 10:
            break
        size = sum(
            (byte & 0x7F) << shift for byte, shift in zip(content[at + 6 : at + 10], (21, 14, 7, 0), strict=True)
        )
        at += 10 + size + (10 if content[at + 5] & 0x10 else 0)
    return at


def _mpeg_layout(content: mmap.mmap, at: int) -> _Layout | None:
    first, second = content[at + 1], content[at + 2]
    version, layer, rate = first >> 3 & 3, 4 - (first >> 1 & 3), second >> 2 & 3
    if first & 0xE0 != 0xE0 or version == 1 or layer == 4 or rate == 3:
        return None
    rate_hz = _RATES_HZ[version][rate]
    samples = 384 if layer == 1 else 576 if layer == 3 and version != 3 else 1152
    sizes = _mpeg_sizes(first, second, samples, rate_hz)
    mono = content[at + 3] >> 6 == 3
    side_info = (17 if mono else 32) if version == 3 else (9 if mono else 17)

    def size_of(content: mmap.mmap, at: int) -> int:
        return sizes.get(content[at + 1] << 8 | content[at + 2], 0) if content[at] == 0xFF else 0

    return _Layout(rate_hz, samples, size_of, 4 + side_info if layer == 3 else 0) if size_of(content, at) else None


def _mpeg_sizes(first: int, second: int, samples: int, rate_hz: int) -> dict[int, int]:
    """Return the length of a frame by the second and third byte of its header, for one version, layer and rate."""
    layer = 4 - (first >> 1 & 3)
    table = _KBPS[(first >> 3 & 3) == 3, layer]
    slot = 4 if layer == 1 else 1
    sizes: dict[int, int] = {}
    for index, kbps in enumerate(table[1:], start=1):
        for padding in (0, 1):
            size = (samples * kbps * 125 // (rate_hz * slot) + padding) * slot
            for rest in range(4):  # with or without checksum, private bit
                key = (first & 0xFE | rest & 1) << 8 | index << 4 | second & 0x0C | padding << 1 | rest >> 1
                sizes[key] = size
    return sizes


def _adts_layout(content: mmap.mmap, at: int) -> _Layout | None:
    first, second = content[at + 1], content[at + 2]
    rate = second >> 2 & 15
    if first & 0xF6 != 0xF0 or rate >= len(_ADTS_RATES_HZ):
        return None

    def size_of(content: mmap.mmap, at: int) -> int:
        head = content[at : at + 7]
        if head[0] != 0xFF or head[1] != first or head[2] & 0xFC != second & 0xFC or head[6] & 3:
            return 0
        size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        return size if size > 7 else 0

    return _Layout(_ADTS_RATES_HZ[rate], 1024, size_of) if size_of(content, at) else None


def _read_info(content: mmap.mmap, at: int, layout: _Layout) -> tuple[int, int, int] | None:
    """Read the table that stands in place of sound in a first frame: samples to skip, to cut, and how many frames."""
    if not layout.info_offset:
        return None
    if content[at + 36 : at + 40] == b"VBRI":
        return 0, 0, 0
    start = at + layout.info_offset
    if content[start : start + 4] not in (b"Xing", b"Info"):
        return None
    flags = int.from_bytes(content[start + 4 : start + 8], "big")
    frames = int.from_bytes(content[start + 8 : start + 12], "big") if flags & 1 else 0
    start += 8 + sum(size for flag, size in ((1, 4), (2, 4), (4, 100), (8, 4)) if flags & flag)
    if content[start : start + 4] not in _ENCODERS_WITH_DELAY:
        return 0, 0, 0
    delays = int.from_bytes(content[start + 21 : start + 24], "big")
    cut = max(0, (delays & 0xFFF) - _DECODER_DELAY) if frames else 0
    return (delays >> 12) + _DECODER_DELAY, cut, frames
