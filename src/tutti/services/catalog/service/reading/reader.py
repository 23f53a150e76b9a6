"""Reads one audio file, opened once: tags, audio properties, lyrics, identity of the audio, digest of its cover.

The containers are parsed here rather than with mutagen: that takes up to two and a half times as long per file, offers
neither the offsets that the fingerprint needs nor the raw bytes of wrongly encoded text, and loops for ever on some
crafted files (a `name` atom of size 0 in MP4's `covr`, a WavPack block without length). The tests compare both.
"""

import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from tutti.services.catalog.service.reading import formats
from tutti.services.catalog.service.reading.adts import HEADER_BYTES as ADTS_HEADER_BYTES
from tutti.services.catalog.service.reading.adts import (
    LONGEST_FRAME_BYTES,
    begins_adts,
    parse_adts,
    read_adts,
)
from tutti.services.catalog.service.reading.asf import read_asf
from tutti.services.catalog.service.reading.audio_file import AudioFile, unreadable
from tutti.services.catalog.service.reading.fields import build_tags
from tutti.services.catalog.service.reading.flac import read_flac
from tutti.services.catalog.service.reading.id3 import HEADER_BYTES, tag_size
from tutti.services.catalog.service.reading.iff import read_aiff, read_wav
from tutti.services.catalog.service.reading.last_result import remember_last
from tutti.services.catalog.service.reading.lossless import read_ape, read_dsf, read_wavpack
from tutti.services.catalog.service.reading.lyrics import MAX_LRC_BYTES, decode_lrc
from tutti.services.catalog.service.reading.mp3 import MAX_LEADING_TAGS, read_mp3
from tutti.services.catalog.service.reading.mp4 import read_mp4
from tutti.services.catalog.service.reading.ogg import read_ogg
from tutti.services.catalog.service.reading.raw_tags import Reading
from tutti.services.catalog.service.reading.splitting import splitter_for
from tutti.services.catalog.service.reading.track_tags import TagRules, TrackTags, UnreadableFile

MAX_DURATION_MS = 100 * 24 * 3_600_000
MAX_CHANNELS = 255
COVER_DIGEST_BYTES = 16

_DEFAULT_RULES = TagRules()
_READERS: dict[str, Callable[[AudioFile], Reading]] = {
    formats.MP3.name: read_mp3,
    formats.ADTS.name: read_adts,
    formats.FLAC.name: read_flac,
    formats.MP4.name: read_mp4,
    formats.OGG.name: read_ogg,
    formats.WAV.name: read_wav,
    formats.AIFF.name: read_aiff,
    formats.ASF.name: read_asf,
    formats.APE.name: read_ape,
    formats.WAVPACK.name: read_wavpack,
    formats.DSF.name: read_dsf,
}


def read_file(
    path: Path | str,
    rules: TagRules = _DEFAULT_RULES,
    *,
    library_root: Path | str | None = None,
    lyrics_beside: bool = True,
) -> TrackTags:
    """Return everything that one file says.

    The content decides what the file is, not its name. Folders below `library_root` (all of them if it is None) stand
    in for missing tags, and `lyrics_beside` says whether there may be an ``.lrc`` to look for. Raises UnreadableFile,
    and nothing else, if the file cannot be taken into the library.
    """
    name = os.fspath(path)
    with AudioFile(name) as file:
        reading = read_container(file)
        _check(reading)
        cover = reading.raw.front_cover()
        digest = cover_digest(cover) if cover else None
        size_bytes = file.size_bytes
    lyrics = _read_lyrics_beside(name) if lyrics_beside else None
    in_library = name if library_root is None else name.removeprefix(f"{os.fspath(library_root).rstrip('/')}/")
    return build_tags(reading, in_library, size_bytes, splitter_for(rules), digest, lyrics)


def read_renamed(path: Path | str, name: str, rules: TagRules = _DEFAULT_RULES) -> tuple[TrackTags, bytes | None]:
    """Return everything that a file says which was called `name` where it came from, and its front cover's bytes.

    Nothing beside the file is read, and no folder stands in for missing tags. Raises UnreadableFile as `read_file`.
    """
    with AudioFile(os.fspath(path)) as file:
        file.name = name
        reading = read_container(file)
        _check(reading)
        cover = reading.raw.front_cover()
        size_bytes = file.size_bytes
    digest = cover_digest(cover) if cover else None
    return build_tags(reading, name, size_bytes, splitter_for(rules), digest, None), cover


def read_container(file: AudioFile) -> Reading:
    """Return what the container says. Raises UnreadableFile if the file is no audio that we read, or is damaged."""
    read = _READERS[_format_of(file).name]
    try:
        return read(file)
    except OSError as error:
        raise unreadable(error) from error
    except (ArithmeticError, LookupError, MemoryError, UnicodeError, ValueError) as error:
        # A header that lies can lead a parser anywhere; the file is bad, the scan goes on.
        raise UnreadableFile("damaged: its header makes no sense") from error


@remember_last
def cover_digest(content: bytes) -> str:
    """Return the digest that `TrackTags.embedded_cover_digest` holds for these bytes."""
    return blake2b(content, digest_size=COVER_DIGEST_BYTES).hexdigest()


def _format_of(file: AudioFile) -> formats.AudioFormat:
    promised = formats.format_of_name(file.name)
    found = formats.sniff(file.head[: formats.SNIFF_BYTES])
    if found is not None:
        return found
    if promised is formats.FLAC and tag_size(file.head[:HEADER_BYTES]):
        return formats.FLAC
    if promised in (formats.MP3, formats.ADTS) or tag_size(file.head[:HEADER_BYTES]):
        return _format_of_stream(file, promised)
    if not file.head.strip(b"\0"):
        raise UnreadableFile("damaged: it begins with nothing but zeros")
    ending = formats.extension_of(file.name)
    raise UnreadableFile(
        f"not audio although its name ends in {ending}" if promised else "no audio format that we read"
    )


def _format_of_stream(file: AudioFile, promised: formats.AudioFormat | None) -> formats.AudioFormat:
    """Tell an AAC stream from the other MPEG streams: none has a mark of its own, and each may begin with junk."""
    if promised is formats.ADTS:
        return formats.ADTS
    start = 0
    for _ in range(MAX_LEADING_TAGS):
        start += tag_size(file.read(start, HEADER_BYTES))
    if parse_adts(file.read(start, ADTS_HEADER_BYTES)) is None:
        return formats.MP3
    content = file.read(start, 3 * LONGEST_FRAME_BYTES)
    return formats.ADTS if begins_adts(content, at_end=start + len(content) == file.size_bytes) else formats.MP3


def _check(reading: Reading) -> None:
    audio = reading.audio
    plausible = 0 <= audio.duration_ms <= MAX_DURATION_MS and 0 < audio.channels <= MAX_CHANNELS
    if not plausible or not 0 < audio.sample_rate_hz < 1 << 31 or not audio.bit_rate_kbps < 1 << 31:
        raise UnreadableFile("damaged: its header makes no sense")


def _read_lyrics_beside(name: str) -> str | None:
    """The text of the `.lrc` file of the same name; unreadable lyrics are no lyrics."""
    path = name.rpartition(".")[0] + ".lrc"
    if not os.path.exists(path):  # noqa: PTH110 - a Path costs more than the call
        return None
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - likewise
            return decode_lrc(file.read(MAX_LRC_BYTES))
    except OSError:
        return None
