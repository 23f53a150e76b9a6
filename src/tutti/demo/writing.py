"""Writes the demo library: what is missing of it, each file whole or not at all."""

import os
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tutti.demo.crew import Crew
from tutti.demo.gains import album_gains
from tutti.demo.jobs import Done, Measured, Paint, Record
from tutti.demo.library import ALBUMS, Album, Recording, Track
from tutti.demo.lyrics import Line, lrc, timed
from tutti.demo.tagging import Label, write_tags

LICENCE_FILE = "LICENSE.txt"

_WORK_FOLDER = ".partial"
_LICENCE = """\
The music, lyrics and cover art in this folder
==============================================

were made by a program, for the demo library of Tutti. The artists are invented.

To the extent possible under law, the authors of Tutti have waived all copyright and related or neighbouring rights to
them: CC0 1.0 Universal. Copy, change, distribute and perform them, also commercially, without asking.

https://creativecommons.org/publicdomain/zero/1.0/
"""


def write_demo(
    target: Path,
    *,
    ffmpeg: str,
    on_progress: Callable[[int, int, str], None] | None = None,
    workers: int = 2,
    albums: Sequence[Album] = ALBUMS,
) -> list[Path]:
    """Write the demo library into a folder and return the paths of its tracks, in order.

    Files that are there are kept as they are; without any missing, nothing is done. At most `workers` processes make
    music at a time. `on_progress` gets the number of tracks that are played, the number of all, and the title of the
    last one; an exception that it raises stops the work at once. Stopped or killed, what was begun has left nothing
    under a final name, and the next call takes it from there. Only one call at a time may write to a folder.

    Raises:
        DemoFailed: a track cannot be made; the message is ffmpeg's, or says what broke. OSError: a file cannot be
            written.
    """
    todo = [_Todo(album, target) for album in albums]
    progress = _Progress(sum(len(album.tracks) for album in albums), on_progress)
    for one in todo:
        progress.add([track for track in one.album.tracks if track not in one.missing])
    open_albums = [one for one in todo if one.is_open]
    if open_albums or not (target / LICENCE_FILE).exists():
        with _work_folder(target) as folder:
            (folder / LICENCE_FILE).write_text(_LICENCE, "utf-8")
            _publish(folder / LICENCE_FILE, target / LICENCE_FILE)
            if open_albums:
                _make(open_albums, folder, workers, ffmpeg, progress)
    return [target / album.path_of(track) for album in albums for track in album.tracks]


class _Progress:
    def __init__(self, total: int, tell: Callable[[int, int, str], None] | None) -> None:
        self._total, self._tell, self._done = total, tell, 0

    def add(self, tracks: Sequence[Track]) -> None:
        for track in tracks:
            self._done += 1
            if self._tell is not None:
                self._tell(self._done, self._total, track.title)


@dataclass
class _Todo:
    """What is to do for one album, and what came of it so far."""

    album: Album
    target: Path
    results: dict[int, Done] = field(default_factory=dict[int, Done])
    missing: tuple[Track, ...] = ()

    def __post_init__(self) -> None:
        self.missing = tuple(t for t in self.album.tracks if not (self.target / self.album.path_of(t)).exists())

    @property
    def cover(self) -> Path:
        return self.target / self.album.folder / "cover.jpg"

    def lyrics_file(self, track: Track) -> Path:
        return (self.target / self.album.path_of(track)).with_suffix(".lrc")

    @property
    def is_open(self) -> bool:
        beside = [self.lyrics_file(track) for track in self.album.tracks if track.lyrics_beside]
        if self.album.cover_beside:
            beside.append(self.cover)
        return bool(self.missing) or not all(path.exists() for path in beside)


@contextmanager
def _work_folder(target: Path) -> Generator[Path]:
    """A folder on the same file system; whatever a killed run has left there goes away first."""
    folder = target / _WORK_FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _publish(made: Path, final: Path) -> None:
    """Give a finished file its name. It is on the disk by then: even a power cut leaves all of it or nothing."""
    with made.open("rb+") as file:
        os.fsync(file.fileno())
    final.parent.mkdir(parents=True, exist_ok=True)
    made.replace(final)


def _make(todo: Sequence[_Todo], folder: Path, workers: int, ffmpeg: str, progress: _Progress) -> None:
    """Have albums played, all of each because its loudness is that of all its tracks, and publish what is missing."""
    jobs: list[Record | Paint] = []
    places: list[tuple[_Todo, int | None]] = []
    for number, one in enumerate(todo):
        jobs.append(Paint(one.album.painting, 7, str(folder / f"{number}.jpg")))
        places.append((one, None))
        for index, recording in enumerate(one.album.recordings):
            jobs.append(_record(one, recording, folder, ffmpeg))
            places.append((one, index))
    with Crew(max(1, min(workers, len(jobs))), folder) as crew:
        for job, done in crew.results(jobs):
            one, index = places[job]
            one.results[-1 if index is None else index] = done
            if index is not None:
                progress.add([track for track in one.album.recordings[index].tracks if track in one.missing])
            if len(one.results) == len(one.album.recordings) + 1:
                _finish(one, folder, folder / f"{todo.index(one)}.jpg")


def _record(one: _Todo, recording: Recording, folder: Path, ffmpeg: str) -> Record:
    targets = [str(_made(folder, one.album, t)) if t in one.missing else None for t in recording.tracks]
    return Record(recording.piece, recording.seed, one.album.level_lufs, one.album.format, targets, ffmpeg)


def _made(folder: Path, album: Album, track: Track) -> Path:
    return folder / f"{ALBUMS.index(album)}-{track.disc}-{track.number}.part"


def _finish(one: _Todo, folder: Path, painted: Path) -> None:
    """Tag and publish what is missing of an album that is all played."""
    album = one.album
    cover = painted.read_bytes() if album.cover_inside else None
    measured: list[Measured] = [m for index in range(len(album.recordings)) for m in one.results[index].tracks]
    gains = dict(zip(album.tracks, album_gains(measured), strict=True))
    for index, recording in enumerate(album.recordings):
        starts_s = one.results[index].line_starts_s
        for track in recording.tracks:
            lines = timed(track.lyrics, starts_s) if track.lyrics else ()
            if track.lyrics_beside and not one.lyrics_file(track).exists():
                _write_lrc(one, track, lines, folder)
            if track in one.missing:
                made = _made(folder, album, track)
                inside = () if track.lyrics_beside else lines
                write_tags(made, Label(album, track, recording.bpm, gains[track], cover, inside))
                _publish(made, one.target / album.path_of(track))
    if album.cover_beside and not one.cover.exists():
        _publish(painted, one.cover)


def _write_lrc(one: _Todo, track: Track, lines: Sequence[Line], folder: Path) -> None:
    text = lrc(lines, title=track.title, artist=track.artist or one.album.artist, album=one.album.title)
    written = folder / "lyrics.lrc"
    written.write_text(text, "utf-8")
    _publish(written, one.lyrics_file(track))
