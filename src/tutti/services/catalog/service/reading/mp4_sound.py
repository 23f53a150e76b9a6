"""The sound track of an MP4 file: ISO 14496-12 §8, its AAC set-up (14496-1 §7.2.6, 14496-3 §1.6.2), Apple's ALAC."""

import struct

import msgspec

from tutti.services.catalog.service.reading.mp4_boxes import Box, children, find
from tutti.services.catalog.service.reading.track_tags import UnreadableFile

_CODECS = {
    b"mp4a": "aac",
    b"alac": "alac",
    b"fLaC": "flac",
    b"Opus": "opus",
    b"ac-3": "ac3",
    b"ec-3": "eac3",
    b".mp3": "mp3",
}
_PROTECTED = (b"drms", b"enca")
_MP3_OBJECT_TYPES = (0x69, 0x6B)
# Where the boxes of a sample entry begin, by its version (1 and 2 are QuickTime's).
_ENTRY_BYTES = {0: 28, 1: 44, 2: 64}
# AudioSpecificConfig's channelConfiguration 7 is 7.1.
_AAC_CHANNELS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8}
_AAC_RATES_HZ = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_DECODER_CONFIG, _DECODER_SPECIFIC = 4, 5


class Sound(msgspec.Struct):
    """What the sound track is; `bit_rate_kbps` is 0 and `bit_depth` None where the file does not say.

    `alone` says that the file holds no other track, so that all its media bytes are sound.
    """

    codec: str
    duration_ms: int
    sample_rate_hz: int
    channels: int
    bit_depth: int | None = None
    bit_rate_kbps: int = 0
    alone: bool = True


def read_sound(moov: bytes) -> Sound:
    """Return the first sound track. Raises UnreadableFile if there is none, or it is protected or unknown."""
    tracks = [box for box in children(moov, 0, len(moov)) if box.name == b"trak"]
    for track in tracks:
        media = find(moov, track, b"mdia")
        handler = find(moov, media, b"hdlr") if media else None
        if media and handler and moov[handler.start + 8 : handler.start + 12] == b"soun":
            sound = _read_media(moov, media)
            sound.alone = len(tracks) == 1
            return sound
    raise UnreadableFile("it holds no audio")


def _read_media(moov: bytes, media: Box) -> Sound:
    header = find(moov, media, b"mdhd")
    descriptions = find(moov, media, b"minf", b"stbl", b"stsd")
    if header is None or descriptions is None:
        raise UnreadableFile("damaged: its structure makes no sense")
    timescale, duration = _duration(moov[header.start : header.end])
    entry = next(children(moov, descriptions.start + 8, descriptions.end), None)
    if entry is None or not timescale:
        raise UnreadableFile("damaged: its structure makes no sense")
    if entry.name in _PROTECTED:
        raise UnreadableFile("it is copy-protected")
    codec = _CODECS.get(entry.name)
    if codec is None:
        raise UnreadableFile(f"it holds a codec that is not supported ({entry.name.decode('latin-1')})")
    sound = _read_entry(moov, entry, codec)
    sound.duration_ms = round(duration * 1000 / timescale)
    # Where the entry gives none: audio tracks count time in samples.
    sound.sample_rate_hz = sound.sample_rate_hz or timescale
    return sound


def _duration(header: bytes) -> tuple[int, int]:
    """Units per second, and the duration in them."""
    if header[:1] == b"\x01":
        return int.from_bytes(header[20:24], "big"), int.from_bytes(header[24:32], "big")
    return int.from_bytes(header[12:16], "big"), int.from_bytes(header[16:20], "big")


def _read_entry(moov: bytes, entry: Box, codec: str) -> Sound:
    fixed = moov[entry.start : min(entry.end, entry.start + 64)]
    version = int.from_bytes(fixed[8:10], "big")
    sound = Sound(codec, 0, int.from_bytes(fixed[24:26], "big"), int.from_bytes(fixed[16:18], "big"))
    if version == 2 and len(fixed) == 64:
        rate, sound.channels = struct.unpack_from(">dI", fixed, 32)
        sound.sample_rate_hz = round(rate) if 0 < rate < 1e7 else 0
    start = entry.start + _ENTRY_BYTES.get(version, 28)
    for box in children(moov, start, entry.end):
        # QuickTime wraps the set-up once more.
        setup = (find(moov, box, b"esds") or find(moov, box, b"alac")) if box.name == b"wave" else box
        if setup is not None:
            _read_setup(moov[setup.start : setup.end], setup.name, sound)
    return sound


def _read_setup(content: bytes, name: bytes, sound: Sound) -> None:
    if name == b"esds":
        _read_descriptors(content, sound)
    elif name == b"alac" and len(content) >= 28:
        # Behind version and flags: frame length 4, version 1, bit depth 1, tuning 3, channels 1, run 2, frame size 4,
        # bit rate 4, sample rate 4.
        sound.bit_depth, sound.channels = content[9], content[13]
        bit_rate, sound.sample_rate_hz = struct.unpack_from(">II", content, 20)
        sound.bit_rate_kbps = round(bit_rate / 1000)
    elif name == b"dfLa" and len(content) >= 8 + 18:
        packed = int.from_bytes(content[18:26], "big")  # STREAMINFO, behind two headers of four bytes
        sound.sample_rate_hz, sound.channels = packed >> 44, (packed >> 41 & 7) + 1
        sound.bit_depth = (packed >> 36 & 31) + 1


def _read_descriptors(content: bytes, sound: Sound) -> None:
    """ES_Descriptor > DecoderConfigDescriptor > DecoderSpecificInfo, each a tag, a length of 1-4 bytes and content."""
    position = _descriptor_start(content, 4) + 3
    if content[position : position + 1] != bytes([_DECODER_CONFIG]):
        return
    position = _descriptor_start(content, position)
    config = content[position : position + 13]
    if len(config) < 13:
        return
    if config[0] in _MP3_OBJECT_TYPES:
        sound.codec = "mp3"
    sound.bit_rate_kbps = round(int.from_bytes(config[9:13], "big") / 1000)
    position += 13
    if sound.codec == "aac" and content[position : position + 1] == bytes([_DECODER_SPECIFIC]):
        position = _descriptor_start(content, position)
        setup = int.from_bytes(content[position : position + 2], "big")
        # 5 bits object type, 4 bits rate, 4 bits channels; an explicit rate (15) moves the rest, and is left alone.
        rate = setup >> 7 & 15
        if rate < len(_AAC_RATES_HZ):
            sound.channels = _AAC_CHANNELS.get(setup >> 3 & 15, sound.channels)
            # The entry cannot hold more than 65 535 Hz; less is said here where HE-AAC doubles the rate.
            sound.sample_rate_hz = max(sound.sample_rate_hz, _AAC_RATES_HZ[rate])


def _descriptor_start(content: bytes, position: int) -> int:
    """Where the content of the descriptor at `position` starts."""
    position += 1
    for _ in range(4):
        more = content[position : position + 1] >= b"\x80"
        position += 1
        if not more:
            break
    return position
