"""Writes the planned files: clips made once by ffmpeg, tags by mutagen, in a few processes."""

import io
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from mutagen.easyid3 import EasyID3
from mutagen.easymp4 import EasyMP4
from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, ID3
from mutagen.mp4 import MP4, MP4Cover
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from PIL import Image, ImageDraw

from bench.library.plan import FORMATS, PlannedAlbum, PlannedTrack, plan

_CLIPS = 24
_ALBUMS_PER_TASK = 40
_CODECS = {
    "mp3": ("-c:a", "libmp3lame", "-b:a", "64k", "-write_xing", "0", "-id3v2_version", "0"),
    "flac": ("-c:a", "flac"),
    "m4a": ("-c:a", "aac", "-b:a", "64k"),
    "opus": ("-c:a", "libopus", "-b:a", "48k"),
    "ogg": ("-c:a", "libvorbis", "-q:a", "1"),
}


def generate(root: Path, *, tracks: int, seed: int = 1, workers: int = 2) -> int:
    """Write ``tracks`` files below ``root`` and return how many there are."""
    with tempfile.TemporaryDirectory() as folder:
        _make_clips(Path(folder))
        write = partial(_write_albums, root, Path(folder))
        with ProcessPoolExecutor(workers) as pool:
            return sum(pool.map(write, _chunks(plan(tracks, seed), _ALBUMS_PER_TASK)))


def _chunks(albums: Iterable[PlannedAlbum], size: int) -> Iterator[list[PlannedAlbum]]:
    source = iter(albums)
    while chunk := list(islice(source, size)):
        yield chunk


def _make_clips(folder: Path) -> None:
    """Encode a second of a chord each, in every format, by one run of ffmpeg for each clip."""
    for clip in range(_CLIPS):
        pitch = 110 * 2 ** (clip / 12)
        source = f"aevalsrc='0.2*sin({pitch}*2*PI*t)+0.2*sin({pitch * 1.5}*2*PI*t)':s=44100:d={0.6 + clip * 0.03:.2f}"
        outputs: list[str] = []
        for suffix in FORMATS:
            rate = "48000" if suffix == "opus" else "44100"
            outputs += ["-map", "0:a", "-ar", rate, *_CODECS[suffix], str(folder / f"{clip}.{suffix}")]
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-f", "lavfi", "-i", source, *outputs]
        subprocess.run(command, check=True)


def _write_albums(root: Path, clips: Path, albums: list[PlannedAlbum]) -> int:
    written = 0
    for album in albums:
        (root / album.folder).mkdir(parents=True, exist_ok=True)
        if album.folder_cover is not None:
            (root / album.folder / "cover.jpg").write_bytes(_cover(album.folder_cover))
        for track in album.tracks:
            _write_track(root / track.path, clips, album.suffix, track)
        written += len(album.tracks)
    return written


def _write_track(path: Path, clips: Path, suffix: str, track: PlannedTrack) -> None:
    content = _clip(clips, track.clip % _CLIPS, suffix)
    if suffix == "mp3":  # frames of constant bit rate can follow each other, so that few clips make many recordings
        content += b"".join(_clip(clips, track.clip // _CLIPS**n % _CLIPS, suffix) for n in (1, 2, 3))
    buffer = io.BytesIO(content)
    _TAGGERS[suffix](buffer, track)
    path.write_bytes(buffer.getvalue())


@cache
def _clip(clips: Path, number: int, suffix: str) -> bytes:
    return (clips / f"{number}.{suffix}").read_bytes()


@lru_cache(maxsize=4)
def _cover(number: int) -> bytes:
    image = Image.new("RGB", (300, 300), (number * 37 % 256, number * 91 % 256, number * 53 % 256))
    draw = ImageDraw.Draw(image)
    for ring in range(5):
        draw.ellipse(
            (ring * 25, ring * 25, 300 - ring * 25, 300 - ring * 25), fill=(number * (ring + 3) % 256, 90, 160)
        )
    draw.text((120, 140), str(number), fill="white")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _tag_mp3(buffer: io.BytesIO, track: PlannedTrack) -> None:
    easy = EasyID3()
    easy.update({key: value for key, value in track.tags.items() if key != "compilation"})
    frames: Any = ID3()
    frames.update(easy._EasyID3__id3)  # the frames behind EasyID3's simple names
    if track.cover is not None:
        frames.add(APIC(encoding=0, mime="image/jpeg", type=3, desc="", data=_cover(track.cover)))
    head = io.BytesIO()
    frames.save(head, v2_version=4)
    content = head.getvalue() + buffer.getvalue()
    buffer.seek(0)
    buffer.write(content)


def _tag_mp4(buffer: io.BytesIO, track: PlannedTrack) -> None:
    easy: Any = EasyMP4(buffer)
    easy.update({key: value for key, value in track.tags.items() if key != "compilation"})
    buffer.seek(0)
    easy.save(buffer)
    if track.cover is not None:
        buffer.seek(0)
        full: Any = MP4(buffer)
        full["covr"] = [MP4Cover(_cover(track.cover), MP4Cover.FORMAT_JPEG)]
        buffer.seek(0)
        full.save(buffer)


def _tag_flac(buffer: io.BytesIO, track: PlannedTrack) -> None:
    audio: Any = FLAC(buffer)
    audio.update(track.tags)
    if track.cover is not None:
        picture: Any = Picture()
        picture.type, picture.mime, picture.data = 3, "image/jpeg", _cover(track.cover)
        audio.add_picture(picture)
    buffer.seek(0)
    audio.save(buffer)


def _tag_ogg(kind: Any, buffer: io.BytesIO, track: PlannedTrack) -> None:
    audio = kind(buffer)
    audio.update(track.tags)
    buffer.seek(0)
    audio.save(buffer)


_TAGGERS = {
    "mp3": _tag_mp3,
    "m4a": _tag_mp4,
    "flac": _tag_flac,
    "opus": partial(_tag_ogg, OggOpus),
    "ogg": partial(_tag_ogg, OggVorbis),
}
