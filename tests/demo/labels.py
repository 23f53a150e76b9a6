"""Tags of a file under one set of names, whatever its format: read with mutagen, by the names other programs use."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutagen.flac import FLAC, Picture
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus

_ID3 = {
    "title": "TIT2",
    "artist": "TPE1",
    "albumartist": "TPE2",
    "album": "TALB",
    "track": "TRCK",
    "disc": "TPOS",
    "date": "TDRC",
    "genre": "TCON",
    "composer": "TCOM",
    "comment": "COMM::eng",
    "bpm": "TBPM",
}
_MP4 = {
    "title": "\xa9nam",
    "artist": "\xa9ART",
    "albumartist": "aART",
    "album": "\xa9alb",
    "track": "trkn",
    "disc": "disk",
    "date": "\xa9day",
    "genre": "\xa9gen",
    "composer": "\xa9wrt",
    "comment": "\xa9cmt",
    "bpm": "tmpo",
}
_GAINS = ("replaygain_track_gain", "replaygain_track_peak", "replaygain_album_gain", "replaygain_album_peak")


@dataclass(frozen=True)
class Labels:
    """Values by name; numbers are "1/3"; gains by the names in the file."""

    values: dict[str, list[str]]
    gains: dict[str, str]
    covers: list[bytes]
    seconds: float


def read_labels(path: Path) -> Labels:
    return _READERS[path.suffix](path)


def _mp3(path: Path) -> Labels:
    file = MP3(path)
    assert file.tags is not None
    assert file.tags.version == (2, 4, 0)
    values = {name: [str(text) for text in file.tags[frame].text] for name, frame in _ID3.items()}
    gains = {name: str(file.tags[f"TXXX:{name}"].text[0]) for name in _GAINS}
    return Labels(values, gains, [picture.data for picture in file.tags.getall("APIC")], file.info.length)


def _mp4(path: Path) -> Labels:
    file = MP4(path)
    values = {name: [_plain(value) for value in file[atom]] for name, atom in _MP4.items()}
    gains = {name: bytes(file[f"----:com.apple.iTunes:{name}"][0]).decode() for name in _GAINS}
    return Labels(values, gains, [bytes(cover) for cover in file.get("covr", [])], file.info.length)


def _plain(value: Any) -> str:
    return "{}/{}".format(*value) if isinstance(value, tuple) else str(value)


def _flac(path: Path) -> Labels:
    file = FLAC(path)
    return Labels(_comments(file), _gains(file, _GAINS), [each.data for each in file.pictures], file.info.length)


def _opus(path: Path) -> Labels:
    file = OggOpus(path)
    covers = [Picture(base64.b64decode(block)).data for block in file.get("metadata_block_picture", [])]
    return Labels(_comments(file), _gains(file, ("r128_track_gain", "r128_album_gain")), covers, file.info.length)


def _gains(file: Any, names: tuple[str, ...]) -> dict[str, str]:
    return {name: file[name][0] for name in names}


def _comments(file: Any) -> dict[str, list[str]]:
    values = {name: list(file[name]) for name in _ID3 if name not in ("track", "disc")}
    for name in ("track", "disc"):
        values[name] = [f"{file[f'{name}number'][0]}/{file[f'{name}total'][0]}"]
    return values


_READERS = {".mp3": _mp3, ".m4a": _mp4, ".flac": _flac, ".opus": _opus}
