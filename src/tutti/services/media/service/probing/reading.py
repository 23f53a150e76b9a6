"""What ffmpeg says of a file that it opened.

There is no ffprobe beside every ffmpeg, so this reads the lines that it logs, whose form is that of version 2 to this
day: the mapping of the stream that it decodes, then the form of what came out::

    Stream #0:0 -> #0:0 (mp3 (mp3float) -> pcm_s16le (native))
    Stream #0:0: Audio: pcm_s16le, 44100 Hz, stereo, s16, 1411 kb/s

They are the last it says, behind tags of any length.
"""

import re

import msgspec

from tutti.kit.audio.source import lossless_codec

_MAPPING = re.compile(r"^\s+Stream #0:\d+ -> #0:0 \((?P<codec>\w+) ", re.MULTILINE)
_OUTPUT = re.compile(
    r"^\s+Stream #0:0[^:\n]*: Audio: pcm_\w+[^,\n]*, (?P<rate>\d+) Hz, (?P<layout>[^,\n]+)", re.MULTILINE
)
_INPUT_BIT_RATE = re.compile(r"Stream #0:\d+[^:\n]*: Audio: (?!pcm_).*?, (\d+) kb/s")
_CHANNELS = re.compile(r"(\d+) channels")
_LAYOUT = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
_NAMED_LAYOUTS = {"mono": 1, "stereo": 2, "downmix": 2, "quad": 4, "hexagonal": 6, "octagonal": 8, "hexadecagonal": 16}
_CODECS = {"wmav1": "wma", "wmav2": "wma", "wmapro": "wma"}
_FAMILIES = ("pcm", "dsd")
ARGUMENTS = ("-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1", "-frames:a", "1", "-f", "null", "-")
"""What ffmpeg is to do with the file for `read_probe`."""


class NoAudio(Exception):
    """There is no stream of sound in it."""


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """The first stream of sound in a file, as it comes out of its decoder."""

    codec: str
    """As the catalogue calls it: ``aac``, ``mp3``, ``pcm`` …"""
    sample_rate_hz: int
    channels: int
    bit_rate_kbps: int | None
    """What the stream says, if it does and nothing long stands behind it."""
    lossless: bool


def read_probe(logged: str) -> Probed:
    """Read what ffmpeg logged, at the level ``info``.

    Raises:
        NoAudio: it decoded no stream of sound.
    """
    mapping, output = _MAPPING.search(logged), _OUTPUT.search(logged)
    channels = 0 if output is None else _count_channels(output["layout"].strip())
    if mapping is None or output is None or not channels or not int(output["rate"]):
        raise NoAudio
    codec = _name_codec(mapping["codec"])
    bit_rate = _INPUT_BIT_RATE.search(logged)
    return Probed(
        codec=codec,
        sample_rate_hz=int(output["rate"]),
        channels=channels,
        bit_rate_kbps=int(bit_rate[1]) if bit_rate else None,
        lossless=lossless_codec(codec),
    )


def _name_codec(name: str) -> str:
    """Return the catalogue's name of what ffmpeg calls ``pcm_s16le``, ``wmav2`` …"""
    family = name.partition("_")[0]
    return family if family in _FAMILIES else _CODECS.get(name, name)


def _count_channels(layout: str) -> int:
    if layout in _NAMED_LAYOUTS:
        return _NAMED_LAYOUTS[layout]
    if found := _CHANNELS.match(layout):
        return int(found[1])
    if found := _LAYOUT.match(layout):  # 5.1(side), 7.1.4
        return sum(int(part) for part in found.groups() if part)
    return 0
