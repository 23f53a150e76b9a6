"""Containers of one codec each: Monkey's Audio and WavPack (APEv2 tags at the end), and DSF (ID3v2 at the end)."""

from tutti.services.catalog.service.reading import id3
from tutti.services.catalog.service.reading.audio_file import AudioFile
from tutti.services.catalog.service.reading.fingerprint import fingerprint_spans
from tutti.services.catalog.service.reading.raw_tags import RawTags, Reading
from tutti.services.catalog.service.reading.track_tags import AudioProperties, UnreadableFile
from tutti.services.catalog.service.reading.trailing_tags import read_trailing_tags

_APE_HEADER_BYTES = 76
# Monkey's Audio 3.98 moved its header behind a descriptor.
_APE_WITH_DESCRIPTOR = 3980

_WAVPACK_HEADER_BYTES = 32
_WAVPACK_RATES_HZ = (
    *(6000, 8000, 9600, 11025, 12000, 16000, 22050, 24000),
    *(32000, 44100, 48000, 64000, 88200, 96000, 192000, 0),
)
_WAVPACK_UNKNOWN_LENGTH = 0xFFFFFFFF
_WAVPACK_MONO, _WAVPACK_DSD = 1 << 2, 1 << 31

_DSF_HEADER_BYTES = 28 + 52 + 12


def read_ape(file: AudioFile) -> Reading:
    """Read a Monkey's Audio file. Raises UnreadableFile if its header is cut short or makes no sense."""
    header = file.read_exactly(0, _APE_HEADER_BYTES)
    version = int.from_bytes(header[4:6], "little")
    if version >= _APE_WITH_DESCRIPTOR:
        blocks_per_frame, last_blocks, frames = _numbers(header, 56, 4, 4, 4)
        bit_depth, channels, sample_rate = _numbers(header, 68, 2, 2, 4)
    else:
        level, _flags, channels, sample_rate = _numbers(header, 6, 2, 2, 2, 4)
        frames, last_blocks = _numbers(header, 24, 4, 4)
        blocks_per_frame = _old_blocks_per_frame(version, level)
        bit_depth = int.from_bytes(header[74:76], "little") if header[48:55] == b"WAVEfmt" else 16
    samples = (frames - 1) * blocks_per_frame + last_blocks if frames else 0
    return _with_ape_tags(file, "ape", samples, sample_rate, channels, bit_depth)


def _old_blocks_per_frame(version: int, level: int) -> int:
    if version >= 3950:
        return 73728 * 4
    return 73728 if version >= 3900 or (version >= 3800 and level == 4000) else 9216


def read_wavpack(file: AudioFile) -> Reading:
    """Read a WavPack file (wavpack.com: "WavPack 4 & 5 Binary File / Block Format").

    The duration is 0 where the encoder wrote to a pipe and could not note it. Raises UnreadableFile if the header is
    cut short or makes no sense.
    """
    header = file.read_exactly(0, _WAVPACK_HEADER_BYTES)
    samples, _index, _block, flags = _numbers(header, 12, 4, 4, 4, 4)
    sample_rate = _WAVPACK_RATES_HZ[(flags >> 23) & 15]
    bit_depth = 8 * ((flags & 3) + 1)
    if flags & _WAVPACK_DSD:
        sample_rate, bit_depth = sample_rate * 4, 1
    channels = 1 if flags & _WAVPACK_MONO else 2
    known = 0 if samples == _WAVPACK_UNKNOWN_LENGTH else samples
    return _with_ape_tags(file, "wavpack", known, sample_rate, channels, bit_depth)


def _with_ape_tags(
    file: AudioFile, name: str, samples: int, sample_rate_hz: int, channels: int, bit_depth: int
) -> Reading:
    if not sample_rate_hz or not channels:
        raise UnreadableFile("damaged: its header makes no sense")
    tags = read_trailing_tags(file, 0)
    raw = tags.ape or RawTags()
    if tags.id3v1 is not None:
        raw.add_missing(tags.id3v1)
    duration_ms = samples * 1000 / sample_rate_hz
    audio = AudioProperties(
        container=name,
        codec=name,
        duration_ms=round(duration_ms),
        bit_rate_kbps=round(tags.audio_end * 8 / duration_ms) if duration_ms else 0,
        sample_rate_hz=sample_rate_hz,
        channels=channels,
        bit_depth=bit_depth,
    )
    return Reading(raw, audio, fingerprint_spans(file, name, [(0, tags.audio_end)]))


def read_dsf(file: AudioFile) -> Reading:
    """Read a DSF file (Sony, "DSF File Format Specification" 1.01).

    Raises UnreadableFile if the header is cut short or makes no sense.
    """
    header = file.read_exactly(0, _DSF_HEADER_BYTES)
    if header[28:32] != b"fmt " or header[80:84] != b"data":
        raise UnreadableFile("damaged: its header makes no sense")
    channels, sample_rate, bit_depth, samples = _numbers(header, 52, 4, 4, 4, 8)
    (tag_start,) = _numbers(header, 20, 8)
    if not sample_rate or not channels:
        raise UnreadableFile("damaged: its header makes no sense")
    # The size in the chunk covers the chunk's own header of 12 bytes.
    audio_bytes = min(_numbers(header, 84, 8)[0] - 12, file.size_bytes - _DSF_HEADER_BYTES)
    if audio_bytes <= 0:
        raise UnreadableFile("it holds no audio")
    audio = AudioProperties(
        container="dsf",
        codec="dsd",
        duration_ms=round(samples * 1000 / sample_rate),
        bit_rate_kbps=round(sample_rate * channels / 1000),
        sample_rate_hz=sample_rate,
        channels=channels,
        bit_depth=1 if bit_depth in (1, 8) else bit_depth,
    )
    kind = f"dsd {sample_rate} {channels} {bit_depth}"
    fingerprint = fingerprint_spans(file, kind, [(_DSF_HEADER_BYTES, audio_bytes)])
    return Reading(_dsf_tags(file, tag_start), audio, fingerprint)


def _dsf_tags(file: AudioFile, start: int) -> RawTags:
    size = id3.tag_size(file.read(start, id3.HEADER_BYTES)) if start else 0
    return id3.read_id3(file.read(start, min(size, id3.MAX_TAG_BYTES))) if size else RawTags()


def _numbers(content: bytes, position: int, *sizes: int) -> list[int]:
    """Little-endian numbers of these sizes in bytes, one after the other."""
    found: list[int] = []
    for size in sizes:
        found.append(int.from_bytes(content[position : position + size], "little"))
        position += size
    return found
