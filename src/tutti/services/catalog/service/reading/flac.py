"""Native FLAC (RFC 9639), also with the ID3v2 tag that some taggers put before it."""

import msgspec

from tutti.services.catalog.service.reading.audio_file import AudioFile
from tutti.services.catalog.service.reading.fingerprint import fingerprint_parts, fingerprint_spans
from tutti.services.catalog.service.reading.mp3 import read_leading_id3
from tutti.services.catalog.service.reading.raw_tags import RawTags, Reading
from tutti.services.catalog.service.reading.track_tags import AudioProperties, UnreadableFile
from tutti.services.catalog.service.reading.trailing_tags import read_trailing_tags
from tutti.services.catalog.service.reading.vorbis_comment import read_picture, read_vorbis_comment

MAX_BLOCKS = 1_000
STREAMINFO_BYTES = 34
_STREAMINFO, _VORBIS_COMMENT, _PICTURE, _INVALID = 0, 4, 6, 127
_MARK_BYTES = 4


class StreamInfo(msgspec.Struct, gc=False):
    """`samples` is 0 where the encoder did not know; `md5` is of all samples, decoded, or all zero."""

    sample_rate_hz: int
    channels: int
    bit_depth: int
    samples: int
    md5: bytes

    @property
    def has_md5(self) -> bool:
        """Whether the encoder noted the hash."""
        return any(self.md5)

    def properties(self, container: str, audio_bytes: int) -> AudioProperties:
        """Return the audio's properties; the duration is 0 where the encoder wrote none."""
        duration_ms = self.samples * 1000 / self.sample_rate_hz
        return AudioProperties(
            container=container,
            codec="flac",
            duration_ms=round(duration_ms),
            bit_rate_kbps=round(audio_bytes * 8 / duration_ms) if duration_ms else 0,
            sample_rate_hz=self.sample_rate_hz,
            channels=self.channels,
            bit_depth=self.bit_depth,
        )

    def fingerprint(self) -> str:
        """Return the fingerprint of the decoded samples, whatever the container and the compression level."""
        shape = f"{self.sample_rate_hz} {self.channels} {self.bit_depth} {self.samples}"
        return fingerprint_parts("flac", [shape.encode("ascii"), self.md5])


def parse_stream_info(block: bytes) -> StreamInfo:
    """Parse a STREAMINFO block. Raises UnreadableFile if it is cut short or makes no sense."""
    if len(block) < STREAMINFO_BYTES:
        raise UnreadableFile("cut short: the file ends inside its header")
    packed = int.from_bytes(block[10:18], "big")
    sample_rate = packed >> 44
    if sample_rate == 0:
        raise UnreadableFile("damaged: its header gives no sample rate")
    return StreamInfo(
        sample_rate_hz=sample_rate,
        channels=(packed >> 41 & 7) + 1,
        bit_depth=(packed >> 36 & 31) + 1,
        samples=packed & 0xFFFFFFFFF,
        md5=block[18:34],
    )


def read_flac(file: AudioFile) -> Reading:
    """Read a FLAC file. Raises UnreadableFile if it is none, or its header is cut short."""
    id3_tags, position = read_leading_id3(file)
    if file.read(position, _MARK_BYTES) != b"fLaC":
        raise UnreadableFile("it holds no FLAC audio")
    raw = RawTags()
    info, audio_start = _read_blocks(file, position + _MARK_BYTES, raw)
    if audio_start >= file.size_bytes:
        raise UnreadableFile("cut short: the file ends before its audio")
    raw.add_missing(id3_tags)
    audio = info.properties("flac", file.size_bytes - audio_start)
    if info.has_md5:
        return Reading(raw, audio, info.fingerprint())
    audio_end = read_trailing_tags(file, audio_start).audio_end
    return Reading(raw, audio, fingerprint_spans(file, "flac", [(audio_start, audio_end - audio_start)]))


def _read_blocks(file: AudioFile, position: int, raw: RawTags) -> tuple[StreamInfo, int]:
    """Read the metadata blocks into `raw`; return the stream info and the offset of the first frame."""
    info: StreamInfo | None = None
    for _ in range(MAX_BLOCKS):
        header = file.read_exactly(position, 4)
        kind = header[0] & 0x7F
        size = int.from_bytes(header[1:], "big")
        position += 4
        if kind == _STREAMINFO:
            info = parse_stream_info(file.read(position, size))
        elif kind == _VORBIS_COMMENT and not raw.fields:
            read_vorbis_comment(file.read(position, size), raw)
        elif kind == _PICTURE and raw.wants_picture(int.from_bytes(file.read(position, 4), "big")):
            picture = read_picture(file.read(position, size))
            if picture is not None:
                raw.add_picture(picture.kind, picture.content)
        elif kind == _INVALID:
            break
        position += size
        if header[0] & 0x80:
            if info is not None:
                return info, position
            break
    raise UnreadableFile("damaged: its header makes no sense")
