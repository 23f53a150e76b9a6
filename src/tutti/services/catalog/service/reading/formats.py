"""The audio formats of a library: which names they go by, how they begin, and how they are served."""

import os.path

import msgspec

from tutti.kit.containers import MIME_OF


class AudioFormat(msgspec.Struct, frozen=True):
    """A container: its name, and the endings (lower case, with dot) it goes by."""

    name: str
    extensions: tuple[str, ...]


MP3 = AudioFormat("mp3", (".mp3",))
ADTS = AudioFormat("adts", (".aac",))
FLAC = AudioFormat("flac", (".flac",))
MP4 = AudioFormat("mp4", (".m4a", ".mp4", ".m4b"))
OGG = AudioFormat("ogg", (".ogg", ".oga", ".opus"))
WAV = AudioFormat("wav", (".wav", ".wave"))
AIFF = AudioFormat("aiff", (".aiff", ".aif", ".aifc"))
ASF = AudioFormat("asf", (".wma",))
APE = AudioFormat("ape", (".ape",))
WAVPACK = AudioFormat("wavpack", (".wv",))
DSF = AudioFormat("dsf", (".dsf",))

FORMATS = (MP3, ADTS, FLAC, MP4, OGG, WAV, AIFF, ASF, APE, WAVPACK, DSF)
BY_EXTENSION = {extension: format_ for format_ in FORMATS for extension in format_.extensions}

SNIFF_BYTES = 16
_ASF_HEADER = bytes.fromhex("3026b2758e66cf11")
_PREFIXES = (
    (b"fLaC", FLAC),
    (b"OggS", OGG),
    (_ASF_HEADER, ASF),
    (b"MAC ", APE),
    (b"wvpk", WAVPACK),
    (b"DSD ", DSF),
)
# QuickTime writers of old left `ftyp` out, and some put it after padding.
_FIRST_ATOMS = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"})


def extension_of(name: str) -> str:
    """Return the ending of a file name, lower case, with its dot; empty if it has none."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - called for every file of a walk


def format_of_name(name: str) -> AudioFormat | None:
    """Return the format that a file name promises, or None if it promises no audio that we read."""
    return BY_EXTENSION.get(extension_of(name))


def mime_of(container: str) -> str:
    """Return the MIME type for `AudioProperties.container`. Raises KeyError for an unknown name."""
    return MIME_OF[container]


def sniff(head: bytes) -> AudioFormat | None:
    """Return the format that the first `SNIFF_BYTES` of a file prove, or None.

    A bare MPEG stream proves too little in its first bytes, and an ID3v2 tag may stand before more than one format:
    both are left to the caller, who knows the file's name.
    """
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
