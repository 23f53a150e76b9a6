"""Where the frames of bare MPEG streams are: they have no index, and no time but the count of frames.

ISO/IEC 11172-3 §2.4.1 and 13818-3 (mp1 to mp3), ISO/IEC 13818-7 §6.2 (ADTS).

What stands between two frames of an mp3 and is none (tags, the end of a broken download) is passed over as ffmpeg's
parser does: up to the next four bytes that may be a header of any kind. It hands the decoder such junk together with
the frame behind it, which refuses both, unless the junk is all zeros: that frame is lost, and holds no samples. A
stream that goes on with frames of another kind is not indexed, nor is an ADTS stream with junk in it: what ffmpeg
decodes there cannot be known by counting.
"""

import mmap
import os
from array import array
from bisect import bisect_right
from collections.abc import Callable

import msgspec

from tutti.kit.audio.layer3 import is_decodable

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
_NEAR_BYTES = 256
"""Of the sixteenth by which a file may be longer than its table says: where ffmpeg begins to count is a frame off."""
_SAME_IN_ALL = 0xCF
"""Of the fourth byte of an mp3's header: channels, copyright and emphasis, which its demuxer wants to stay the same."""


class FrameIndex(msgspec.Struct, frozen=True):
    """The frames of a bare stream, from its first one that holds sound."""

    sample_rate_hz: int
    frame_samples: int
    frames: int
    """Those that a decoder gives sound of."""
    numbers: "array[int]"
    """Numbers of frames, about every `STEP`-th, from which ffmpeg may be made to begin."""
    places: "array[int]"
    """Their byte offsets."""
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
        at = max(0, bisect_right(self.numbers, max(frame, 0)) - 1)
        return self.numbers[at], self.places[at]


class _Layout(msgspec.Struct, frozen=True):
    """What all frames of a stream have in common, and how long each is by its header."""

    sample_rate_hz: int
    frame_samples: int
    size_of: Callable[[mmap.mmap, int], int]
    """0: no frame of this stream begins there."""
    stands_junk: bool = False
    """Whether frames may be looked for behind what is none."""
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


def doubled(index: FrameIndex) -> FrameIndex:
    """Return the index of HE-AAC: its frames name half the rate, and half the samples, that a decoder makes of them.

    ISO/IEC 14496-3 §4.6.18: the upper half of the spectrum is made from the lower one, at twice the rate.
    """
    return msgspec.structs.replace(
        index, sample_rate_hz=2 * index.sample_rate_hz, frame_samples=2 * index.frame_samples
    )


def _index(content: mmap.mmap, layout_at: Callable[[mmap.mmap, int], _Layout | None]) -> FrameIndex | None:
    start = _skip_tags(content)
    found = _first_frame(content, start, layout_at)
    if found is None:
        return None
    start, layout = found
    info = _read_info(content, start, layout)
    at = start if info is None else start + layout.size_of(content, start)
    walk = _Walk(content, layout, at)
    if not walk.to_end():
        return None
    info = info or _Info()
    cut = _cut_of(info, walk, len(content) - start, layout)
    if cut is None:
        return None
    numbers, places = walk.numbers, walk.places
    return FrameIndex(layout.sample_rate_hz, layout.frame_samples, walk.frames, numbers, places, info.skipped, cut)


def _cut_of(info: "_Info", walk: "_Walk", size_bytes: int, layout: _Layout) -> int | None:
    """Return how many samples ffmpeg leaves out at the end: from where the table says that it is, whatever was lost."""
    if not info.cut:
        return 0
    if info.size_bytes:
        beyond = size_bytes - info.size_bytes
        limit = info.size_bytes >> 4
        if beyond > limit + _NEAR_BYTES:
            return 0  # it believes such a table of its beginning only
        if beyond > limit - _NEAR_BYTES:
            return None
    if walk.packets > info.frames or walk.lost_last:
        return None
    return max(0, info.cut - (info.frames - walk.packets) * layout.frame_samples)


class _Walk:
    """Counts the frames of a stream from one of them on."""

    def __init__(self, content: mmap.mmap, layout: _Layout, start: int) -> None:
        self.frames = 0
        self.packets = 0
        """Frames, those that are lost included."""
        self.lost_last = False
        """Whether the very last frame is lost."""
        self.numbers = array("Q")
        self.places = array("Q")
        self._content = content
        self._layout = layout
        self._at = start
        self._last = start

    def to_end(self) -> bool:
        """Walk to the last frame; False where there is none, or some that cannot be counted."""
        self._run()
        while self.frames:
            before = self._at
            found = _next_header(self._content, before) if self._layout.stands_junk else -1
            if found < 0 or not self._is_whole(found):
                return not _resumes(self._content, before, self._layout)
            self._at = found
            if self._content[before:found].strip(b"\0"):
                self._at += self._layout.size_of(self._content, found)
                self.packets += 1
                self.lost_last = True
            self._run()
        return False

    def _run(self) -> None:
        """Count the frames that follow each other."""
        content, size_of, at, frames = self._content, self._layout.size_of, self._at, self.frames
        end, due = len(content), self.numbers[-1] + STEP if self.numbers else 0
        while at + 8 <= end:
            size = size_of(content, at)
            if not size or at + size > end:
                break
            if frames >= due and (not frames or _leads(content, at, at + size, size_of)):
                self.numbers.append(frames)
                self.places.append(at)
                due = frames + STEP
            frames += 1
            self._last = at
            at += size
        if frames > self.frames:
            self.packets += frames - self.frames
            self.lost_last = False
            if at + 8 <= end and self._layout.stands_junk and not is_decodable(content[self._last : at]):
                frames -= 1
                self.lost_last = True
        self._at, self.frames = at, frames

    def _is_whole(self, at: int) -> bool:
        size = self._layout.size_of(self._content, at) if at + 8 <= len(self._content) else 0
        return size > 0 and at + size <= len(self._content)


def _leads(content: mmap.mmap, at: int, after: int, size_of: Callable[[mmap.mmap, int], int]) -> bool:
    """Tell whether ffmpeg takes the frame at ``at`` for the first one: one of exactly its kind must follow."""
    alike = after + 8 <= len(content) and not (content[at + 3] ^ content[after + 3]) & _SAME_IN_ALL
    return alike and size_of(content, after) > 0


def _next_header(content: mmap.mmap, at: int) -> int:
    """Return where ffmpeg finds the next header of an MPEG frame, be it of this stream or not; -1: nowhere."""
    while 0 <= (at := content.find(b"\xff", at)) < len(content) - 4:
        first, second = content[at + 1], content[at + 2]
        synchronous = first & 0xE0 == 0xE0 and first >> 3 & 3 != 1 and first >> 1 & 3 != 0
        if synchronous and second >> 4 not in (0, 15) and second >> 2 & 3 != 3:
            return at
        at += 1
    return -1


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

    if not size_of(content, at):
        return None
    return _Layout(rate_hz, samples, size_of, stands_junk=True, info_offset=4 + side_info if layer == 3 else 0)


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


class _Info(msgspec.Struct, frozen=True):
    """What the table says that stands in place of sound in a first frame."""

    skipped: int = 0
    cut: int = 0
    frames: int = 0
    size_bytes: int = 0


def _read_info(content: mmap.mmap, at: int, layout: _Layout) -> _Info | None:
    if not layout.info_offset:
        return None
    if content[at + 36 : at + 40] == b"VBRI":
        return _Info()
    start = at + layout.info_offset
    if content[start : start + 4] not in (b"Xing", b"Info"):
        return None
    flags = int.from_bytes(content[start + 4 : start + 8], "big")
    frames = int.from_bytes(content[start + 8 : start + 12], "big") if flags & 1 else 0
    size_at = start + (12 if flags & 1 else 8)
    size_bytes = int.from_bytes(content[size_at : size_at + 4], "big") if flags & 2 else 0
    start += 8 + sum(size for flag, size in ((1, 4), (2, 4), (4, 100), (8, 4)) if flags & flag)
    if content[start : start + 4] not in _ENCODERS_WITH_DELAY:
        return _Info()
    delays = int.from_bytes(content[start + 21 : start + 24], "big")
    cut = max(0, (delays & 0xFFF) - _DECODER_DELAY) if frames else 0
    return _Info((delays >> 12) + _DECODER_DELAY, cut, frames, size_bytes)
