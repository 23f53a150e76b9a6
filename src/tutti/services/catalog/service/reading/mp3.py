"""MP3 files: ID3v2 before, MPEG audio, then ID3v1, APEv2 or Lyrics3. ID3v2 ranks before APEv2, that before ID3v1."""

from tutti.services.catalog.service.reading import id3
from tutti.services.catalog.service.reading.audio_file import AudioFile
from tutti.services.catalog.service.reading.fingerprint import fingerprint_spans
from tutti.services.catalog.service.reading.mpeg_audio import read_mpeg_audio
from tutti.services.catalog.service.reading.raw_tags import RawTags, Reading
from tutti.services.catalog.service.reading.trailing_tags import read_trailing_tags

# Windows Media Player put its own tag before the one that was there.
MAX_LEADING_TAGS = 4


def read_mp3(file: AudioFile) -> Reading:
    """Read an MP3 file. Raises UnreadableFile if it holds no MPEG audio."""
    raw, start = read_leading_id3(file)
    trailing = read_trailing_tags(file, start)
    start, audio = read_mpeg_audio(file, start, trailing.audio_end)
    for lower in (trailing.id3v2, trailing.ape, trailing.id3v1):
        if lower is not None:
            raw.add_missing(lower)
    fingerprint = fingerprint_spans(file, audio.codec, [(start, trailing.audio_end - start)])
    return Reading(raw, audio, fingerprint)


def read_leading_id3(file: AudioFile) -> tuple[RawTags, int]:
    """Return the ID3v2 tags that a file begins with (empty if none), and the offset behind them."""
    raw: RawTags | None = None
    start = 0
    for _ in range(MAX_LEADING_TAGS):
        size = id3.tag_size(file.read(start, id3.HEADER_BYTES))
        if size == 0:
            break
        found = id3.read_id3(file.read(start, min(size, id3.MAX_TAG_BYTES)))
        if raw is None:
            raw = found
        else:
            raw.add_missing(found)
        start += size
    return raw or RawTags(), min(start, file.size_bytes)
