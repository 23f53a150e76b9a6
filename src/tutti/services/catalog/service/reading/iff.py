"""Chunked files: WAV (RIFF, little-endian) and AIFF/AIFC (IFF, big-endian), with ID3 or text chunks as tags."""

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from tutti.services.catalog.service.reading import id3
from tutti.services.catalog.service.reading.audio_file import AudioFile
from tutti.services.catalog.service.reading.fingerprint import Span, fingerprint_spans
from tutti.services.catalog.service.reading.raw_tags import RawTags, Reading
from tutti.services.catalog.service.reading.track_tags import AudioProperties, UnreadableFile

MAX_CHUNKS = 1_000
MAX_SAMPLE_RATE_HZ = 10_000_000
MAX_TEXT_CHUNK_BYTES = 1024 * 1024

# WAVE format tags (mmreg.h).
_WAV_CODECS = {1: "pcm", 3: "pcm", 6: "alaw", 7: "mulaw", 2: "adpcm", 0x11: "adpcm", 0x50: "mp2", 0x55: "mp3"}
_EXTENSIBLE = 0xFFFE
# AIFC compression types; plain AIFF is PCM.
_AIFC_PCM = (b"NONE", b"sowt", b"twos", b"fl32", b"FL32", b"fl64", b"FL64", b"in24", b"in32")
_AIFC_CODECS = {**dict.fromkeys(_AIFC_PCM, "pcm"), b"alaw": "alaw", b"ulaw": "mulaw", b"ima4": "adpcm"}

# RIFF INFO names (Microsoft, "Multimedia Programming Interface"), and IFF's text chunks.
_INFO_FIELDS = {
    b"INAM": "title",
    b"IART": "artist",
    b"IPRD": "album",
    b"ICRD": "date",
    b"IGNR": "genre",
    b"ITRK": "track",
    b"IPRT": "track",
    b"ICMT": "comment",
    b"IMUS": "composer",
}
_AIFF_FIELDS = {b"NAME": "title", b"AUTH": "artist", b"ANNO": "comment"}


class _Chunk(msgspec.Struct, gc=False):
    name: bytes
    start: int
    size: int


class _Layout(msgspec.Struct):
    """What the chunks hold. `shape` describes the samples, `audio` is where they are."""

    info: RawTags
    id3: RawTags | None = None
    shape: bytes = b""
    audio: Span | None = None


def read_wav(file: AudioFile) -> Reading:
    """Read a WAV file. Raises UnreadableFile if it holds no audio, or a codec that we do not know."""
    layout = _Layout(RawTags())
    for chunk in _chunks(file, "little"):
        if chunk.name == b"fmt ":
            layout.shape = file.read(chunk.start, min(chunk.size, 64))
        elif chunk.name == b"data":
            layout.audio = layout.audio or (chunk.start, chunk.size)
        elif chunk.name == b"LIST" and not layout.info.fields and file.read(chunk.start, 4) == b"INFO":
            _read_info(file.read(chunk.start, min(chunk.size, MAX_TEXT_CHUNK_BYTES)), layout.info)
        elif chunk.name in (b"id3 ", b"ID3 "):
            layout.id3 = layout.id3 or _read_id3(file, chunk)
    return _reading(file, layout, _wav_properties)


def read_aiff(file: AudioFile) -> Reading:
    """Read an AIFF or AIFC file. Raises UnreadableFile if it holds no audio, or a codec that we do not know."""
    layout = _Layout(RawTags())
    for chunk in _chunks(file, "big"):
        if chunk.name == b"COMM":
            layout.shape = file.read(chunk.start, min(chunk.size, 64))
        elif chunk.name == b"SSND":
            layout.audio = (chunk.start + 8, chunk.size - 8)  # an offset and a block size come first
        elif chunk.name in _AIFF_FIELDS:
            _add_text(
                layout.info, _AIFF_FIELDS[chunk.name], file.read(chunk.start, min(chunk.size, MAX_TEXT_CHUNK_BYTES))
            )
        elif chunk.name in (b"ID3 ", b"id3 "):
            layout.id3 = layout.id3 or _read_id3(file, chunk)
    return _reading(file, layout, _aiff_properties)


def _chunks(file: AudioFile, order: Literal["little", "big"]) -> Iterator[_Chunk]:
    """The chunks of the file; the size of the last is cut to what is there (recorders may never have noted it)."""
    position = 12
    for _ in range(MAX_CHUNKS):
        header = file.read(position, 8)
        if len(header) < 8:
            return
        size = int.from_bytes(header[4:], order)
        position += 8
        yield _Chunk(header[:4], position, min(size, file.size_bytes - position))
        position += size + (size & 1)


def _reading(file: AudioFile, layout: _Layout, properties: Callable[[bytes, int], AudioProperties]) -> Reading:
    if not layout.shape or layout.audio is None:
        raise UnreadableFile("cut short: the file ends before its audio")
    if layout.audio[1] <= 0:
        raise UnreadableFile("it holds no audio")
    raw = layout.id3 or RawTags()
    raw.add_missing(layout.info)
    audio = properties(layout.shape, layout.audio[1])
    # The same bytes are other audio if they are taken as samples of another shape.
    shape = f"{audio.container} {audio.codec} {audio.sample_rate_hz} {audio.channels} {audio.bit_depth}"
    return Reading(raw, audio, fingerprint_spans(file, shape, [layout.audio]))


def _wav_properties(shape: bytes, audio_bytes: int) -> AudioProperties:
    """WAVEFORMATEX: format, channels, samples per second, bytes per second, block size, bits per sample."""
    number = int.from_bytes(shape[:2], "little")
    if number == _EXTENSIBLE:
        number = int.from_bytes(shape[24:26], "little")
    codec = _WAV_CODECS.get(number)
    channels = int.from_bytes(shape[2:4], "little")
    sample_rate = int.from_bytes(shape[4:8], "little")
    bytes_per_s = int.from_bytes(shape[8:12], "little")
    if codec is None:
        raise UnreadableFile(f"it holds a codec that is not supported (WAVE format {number:#x})")
    if len(shape) < 16 or not channels or not sample_rate or not bytes_per_s:
        raise UnreadableFile("damaged: its header makes no sense")
    return AudioProperties(
        container="wav",
        codec=codec,
        duration_ms=round(audio_bytes * 1000 / bytes_per_s),
        bit_rate_kbps=round(bytes_per_s * 8 / 1000),
        sample_rate_hz=sample_rate,
        channels=channels,
        bit_depth=int.from_bytes(shape[14:16], "little") if codec == "pcm" else None,
    )


def _aiff_properties(shape: bytes, audio_bytes: int) -> AudioProperties:
    """COMM: channels, sample frames, bits per sample, sample rate as an 80-bit float; AIFC adds the codec."""
    channels = int.from_bytes(shape[:2], "big")
    frames = int.from_bytes(shape[2:6], "big")
    sample_rate = _extended_float(shape[8:18])
    codec = _AIFC_CODECS.get(shape[18:22], "") if len(shape) >= 22 else "pcm"
    if not codec:
        raise UnreadableFile(f"it holds a codec that is not supported ({shape[18:22].decode('latin-1')})")
    if len(shape) < 18 or not channels or not 1 <= sample_rate < MAX_SAMPLE_RATE_HZ:
        raise UnreadableFile("damaged: its header makes no sense")
    duration_ms = frames * 1000 / sample_rate
    return AudioProperties(
        container="aiff",
        codec=codec,
        duration_ms=round(duration_ms),
        bit_rate_kbps=round(audio_bytes * 8 / duration_ms) if duration_ms else 0,
        sample_rate_hz=round(sample_rate),
        channels=channels,
        bit_depth=int.from_bytes(shape[6:8], "big") if codec == "pcm" else None,
    )


def _extended_float(content: bytes) -> float:
    """IEEE 754 extended precision: sign and exponent in 2 bytes, an explicit mantissa in 8. 0 for what is no rate."""
    exponent = int.from_bytes(content[:2], "big") - 16383
    if not 0 <= exponent < 32:
        return 0.0
    return int.from_bytes(content[2:10], "big") * 2.0 ** (exponent - 63)


def _read_id3(file: AudioFile, chunk: _Chunk) -> RawTags | None:
    tag = file.read(chunk.start, min(chunk.size, id3.MAX_TAG_BYTES))
    size = id3.tag_size(tag[: id3.HEADER_BYTES])
    return id3.read_id3(tag[:size]) if size else None


def _read_info(content: bytes, info: RawTags) -> None:
    position = 4
    for _ in range(MAX_CHUNKS):
        name = content[position : position + 4]
        size = int.from_bytes(content[position + 4 : position + 8], "little")
        position += 8
        if position > len(content):
            return
        if name in _INFO_FIELDS:
            _add_text(info, _INFO_FIELDS[name], content[position : position + size])
        position += size + (size & 1)


def _add_text(raw: RawTags, field: str, content: bytes) -> None:
    content = content.partition(b"\0")[0]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if text:
        raw.add(field, text)
