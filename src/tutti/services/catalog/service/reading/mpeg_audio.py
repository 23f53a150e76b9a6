"""MPEG audio streams (ISO 11172-3, 13818-3): the first frame, and what its Xing, LAME or VBRI header says."""

import re

import msgspec

from tutti.services.catalog.service.reading.audio_file import AudioFile
from tutti.services.catalog.service.reading.track_tags import AudioProperties, UnreadableFile

FIRST_LOOK_BYTES = 4096
MAX_JUNK_BYTES = 1024 * 1024
MAX_SYNCS = 1_500
# So many frames in a row are no chance: random bytes pass for one in about 2^14, and the next must agree with it.
ENOUGH_FRAMES = 3

# Eleven bits of sync, a version and a layer that exist; then a bit rate and a sample rate that do.
_THIRD_BYTES = bytes(byte for byte in range(256) if byte >> 4 not in (0, 15) and byte >> 2 & 3 != 3)
_SYNC = re.compile(rb"\xff(?=[\xe2-\xe7\xf2-\xff][" + re.escape(_THIRD_BYTES) + rb"])")
_V1_RATES = {
    1: (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    2: (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_V2_RATES = {
    1: (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    3: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES_HZ = {0: (11025, 12000, 8000), 2: (22050, 24000, 16000), 3: (44100, 48000, 32000)}
_V1 = 3
_MONO = 3
_CODECS = {1: "mp1", 2: "mp2", 3: "mp3"}
_ENCODERS = (b"LAME", b"Lavf", b"Lavc", b"L3.9", b"GOGO")
_VBRI_OFFSET = 36
# The Xing header stands behind the side information, whose size goes by MPEG-1 or not, and by the channels.
_SIDE_INFO_BYTES = {(True, 1): 17, (True, 2): 32, (False, 1): 9, (False, 2): 17}


class Frame(msgspec.Struct, gc=False):
    """One frame header. `size` is the whole frame in bytes."""

    version: int
    layer: int
    bit_rate_kbps: int
    sample_rate_hz: int
    channels: int
    size: int
    samples: int

    def agrees_with(self, other: "Frame") -> bool:
        """Whether both can belong to one stream."""
        return (self.version, self.layer, self.sample_rate_hz) == (other.version, other.layer, other.sample_rate_hz)


class VbrHeader(msgspec.Struct, gc=False):
    """What the encoder noted in the first frame; sizes in bytes, 0 or None where it did not say."""

    frames: int
    size_bytes: int = 0
    delay_samples: int | None = None
    padding_samples: int | None = None


def read_mpeg_audio(file: AudioFile, start: int, end: int) -> tuple[int, AudioProperties]:
    """Return the offset of the first frame between `start` and `end`, and what the stream is.

    Raises UnreadableFile if there is no MPEG audio.
    """
    found = _find_first(file.read(start, min(FIRST_LOOK_BYTES, end - start)), at_end=end - start <= FIRST_LOOK_BYTES)
    if found is None:
        junk = file.read(start, min(MAX_JUNK_BYTES, end - start))
        found = _find_first(junk, at_end=end - start <= MAX_JUNK_BYTES)
    if found is None:
        raise UnreadableFile("it holds no MPEG audio")
    offset, frame, vbr = found
    return start + offset, _properties(frame, vbr, end - start - offset)


def parse_frame(header: bytes) -> Frame | None:
    """Return the frame that these 4 bytes begin, or None if they are no frame header."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = (header[1] >> 3) & 3, 4 - ((header[1] >> 1) & 3)
    rate_index, sample_index = header[2] >> 4, (header[2] >> 2) & 3
    if version == 1 or layer == 4 or rate_index in (0, 15) or sample_index == 3:
        return None
    bit_rate = (_V1_RATES if version == _V1 else _V2_RATES)[layer][rate_index]
    sample_rate = _SAMPLE_RATES_HZ[version][sample_index]
    samples = 384 if layer == 1 else 576 if layer == 3 and version != _V1 else 1152
    slot = 4 if layer == 1 else 1
    padding = (header[2] >> 1) & 1
    size = (samples // 8 // slot * bit_rate * 1000 // sample_rate + padding) * slot
    channels = 1 if header[3] >> 6 == _MONO else 2
    return Frame(version, layer, bit_rate, sample_rate, channels, size, samples)


def _find_first(chunk: bytes, *, at_end: bool) -> tuple[int, Frame, VbrHeader | None] | None:
    """The first frame that a VBR header or the frames after it confirm. `at_end`: the audio ends where `chunk` does."""
    for count, match in enumerate(_SYNC.finditer(chunk)):
        if count == MAX_SYNCS:
            return None
        offset = match.start()
        frame = parse_frame(chunk[offset : offset + 4])
        if frame is None:
            continue
        vbr = read_vbr_header(chunk[offset : offset + frame.size], frame)
        if vbr is not None or _is_followed(chunk, offset, frame, at_end=at_end):
            return offset, frame, vbr
    return None


def _is_followed(chunk: bytes, offset: int, first: Frame, *, at_end: bool) -> bool:
    frame = first
    for _ in range(ENOUGH_FRAMES - 1):
        offset += frame.size
        if at_end and offset == len(chunk):
            return True
        following = parse_frame(chunk[offset : offset + 4])
        if following is None or not following.agrees_with(first):
            return False
        frame = following
    return True


def read_vbr_header(content: bytes, frame: Frame) -> VbrHeader | None:
    """Return the Xing/Info (with LAME) or VBRI header in a frame's bytes, if one is there."""
    if frame.layer != 3:
        return None
    xing = content[4 + _SIDE_INFO_BYTES[frame.version == _V1, frame.channels] :]
    if xing[:4] in (b"Xing", b"Info") and len(xing) >= 8:
        return _read_xing(xing)
    vbri = content[_VBRI_OFFSET : _VBRI_OFFSET + 18]
    if vbri[:4] == b"VBRI" and len(vbri) == 18:
        return VbrHeader(int.from_bytes(vbri[14:18], "big"), int.from_bytes(vbri[10:14], "big"))
    return None


def _read_xing(xing: bytes) -> VbrHeader:
    flags, position = xing[7], 8
    header = VbrHeader(0)
    if flags & 1:
        header.frames = int.from_bytes(xing[position : position + 4], "big")
        position += 4
    if flags & 2:
        header.size_bytes = int.from_bytes(xing[position : position + 4], "big")
        position += 4
    position += (100 if flags & 4 else 0) + (4 if flags & 8 else 0)
    # gabriel.mp3-tech.org/mp3infotag.html: name (9 bytes), ..., delay and padding, 12 bits each, 21 bytes in.
    gap = xing[position + 21 : position + 24]
    if xing[position : position + 4] in _ENCODERS and len(gap) == 3:
        header.delay_samples = gap[0] << 4 | gap[1] >> 4
        header.padding_samples = (gap[1] & 15) << 8 | gap[2]
    return header


def _properties(frame: Frame, vbr: VbrHeader | None, size_bytes: int) -> AudioProperties:
    bit_rate = float(frame.bit_rate_kbps)
    if vbr is not None and vbr.frames:
        samples = vbr.frames * frame.samples
        # Old encoders wrote nonsense here for very short files.
        samples -= min(samples, (vbr.delay_samples or 0) + (vbr.padding_samples or 0))
        duration_ms = samples * 1000 / frame.sample_rate_hz
        # The note itself is a frame of silence that counts in its size but not in its number of frames.
        audio_bytes = max(0, (vbr.size_bytes or size_bytes) - frame.size)
        bit_rate = audio_bytes * 8 * frame.sample_rate_hz / (vbr.frames * frame.samples) / 1000
    else:
        duration_ms = size_bytes * 8 / bit_rate
    return AudioProperties(
        container="mp3",
        codec=_CODECS[frame.layer],
        duration_ms=round(duration_ms),
        bit_rate_kbps=round(bit_rate),
        sample_rate_hz=frame.sample_rate_hz,
        channels=frame.channels,
        encoder_delay_samples=vbr.delay_samples if vbr else None,
        encoder_padding_samples=vbr.padding_samples if vbr else None,
    )
