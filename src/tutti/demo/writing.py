"""Writes the demo library: what is missing of it, each file whole or not at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from mutagen import MutagenError

from tutti.demo.crew import Crew, DemoFailed
from tutti.demo.gains import Gains, album_gains
from tutti.demo.jobs import Done, Paint, Record
from tutti.demo.library import ALBUMS, Album, Recording, Track
from tutti.demo.lyrics import Line, lrc, timed
from tutti.demo.shelf import Shelf
from tutti.demo.tagging import Label, write_tags

LICENCE_FILE = "LICENSE.txt"

_PAINTING_SEED = 7
_LICENCE = """\
The music, lyrics and cover art in this folder
==============================================

were made by a program, for the demo library of Tutti. The artists are invented.

To the extent possible under law, the authors of Tutti have waived all copyright and related or neighbouring rights to
them: CC0 1.0 Universal. Copy, change, distribute and perform them, also commercially, without asking.

https://creativecommons.org/publicdomain/zero/1.0/
"""


@dataclass(frozen=True)
class Progress:
    """How far the library is: tracks that are played, of all, and albums that are whole, whose files are there."""

    tracks: int
    albums: int
    all_tracks: int
    all_albums: int
    title: str = ""
    """Of the last track that was played, or album that became whole."""


OnProgress = Callable[[Progress], None]


def write_demo(
    target: Path,
    *,
    ffmpeg: str,
    on_progress: OnProgress | None = None,
    workers: int = 2,
    albums: Sequence[Album] = ALBUMS,
) -> list[Path]:
    """Write the demo library into a folder and return the paths of its tracks, in order.

    Files that are there are kept as they are, unless they were cut off since; without any missing, nothing is done. At
    most `workers` processes make music at a time, album after album. `on_progress` is told what is there already, then
    of each track that is played and of each album that is whole; an exception that it raises stops the work at once.
    Stopped or killed, what was begun has left nothing under a final name, and the next call takes it from there. Only
    one call at a time may write to a folder.

    Raises:
        DemoFailed: a track or cover cannot be made, because the disk is full for instance; the message says why.
        OSError: the folder cannot be read or written to.
    """
    shelf = Shelf(target)
    orders = [_Order(number, album, shelf) for number, album in enumerate(albums)]
    unfinished = [order for order in orders if order.is_open]
    progress = _Progress(orders, on_progress)
    if unfinished or not shelf.is_whole(PurePath(LICENCE_FILE)):
        with shelf.workshop() as folder:
            if not shelf.is_whole(PurePath(LICENCE_FILE)):
                (folder / LICENCE_FILE).write_text(_LICENCE, "utf-8")
                shelf.put(folder / LICENCE_FILE, PurePath(LICENCE_FILE))
            if unfinished:
                _make(unfinished, folder, workers, ffmpeg, progress)
    return [target / album.path_of(track) for album in albums for track in album.tracks]


class _Progress:
    """Counts what is done, and tells it."""

    def __init__(self, orders: Sequence["_Order"], tell: OnProgress | None) -> None:
        tracks = sum(len(order.album.tracks) for order in orders)
        missing = sum(len(order.missing) for order in orders)
        whole = sum(not order.is_open for order in orders)
        self._tell = tell
        self._done = Progress(tracks - missing, whole, tracks, len(orders))
        self._say()

    def played(self, tracks: Sequence[Track]) -> None:
        for track in tracks:
            self._done = replace(self._done, tracks=self._done.tracks + 1, title=track.title)
            self._say()

    def whole(self, album: Album) -> None:
        self._done = replace(self._done, albums=self._done.albums + 1, title=album.title)
        self._say()

    def _say(self) -> None:
        if self._tell is not None:
            self._tell(self._done)


class _Order:
    """An album to be written: what is missing of it, what was played for it, and where its files are made and go to."""

    def __init__(self, number: int, album: Album, shelf: Shelf) -> None:
        self.album, self.shelf = album, shelf
        self._number = number
        self.missing = [track for track in album.tracks if not shelf.is_whole(album.path_of(track))]
        self.played: dict[Recording, Done] = {}
        self.is_painted = False

    def lyrics_of(self, track: Track) -> PurePath:
        return self.album.path_of(track).with_suffix(".lrc")

    @property
    def cover(self) -> PurePath:
        return self.album.folder / "cover.jpg"

    def made(self, folder: Path, track: Track) -> Path:
        return folder / f"{self._number}-{track.disc}-{track.number}"

    def painted(self, folder: Path) -> Path:
        return folder / f"{self._number}-cover"

    @property
    def is_open(self) -> bool:
        beside = [self.lyrics_of(track) for track in self.album.tracks if track.lyrics_beside]
        if self.album.cover_beside:
            beside.append(self.cover)
        return bool(self.missing) or not all(self.shelf.is_whole(path) for path in beside)

    @property
    def is_ready(self) -> bool:
        return self.is_painted and len(self.played) == len(self.album.recordings)

    def gains(self) -> dict[Track, Gains]:
        """The gains of its tracks. They need all of it played, as an album's loudness is that of all its tracks."""
        measured = [track for recording in self.album.recordings for track in self.played[recording].tracks]
        return dict(zip(self.album.tracks, album_gains(measured), strict=True))


def _make(orders: Sequence[_Order], folder: Path, workers: int, ffmpeg: str, progress: _Progress) -> None:
    jobs: list[Record | Paint] = []
    owners: list[tuple[_Order, Recording | None]] = []
    for order in orders:
        jobs.append(Paint(order.album.painting, _PAINTING_SEED, str(order.painted(folder))))
        owners.append((order, None))
        for recording in order.album.recordings:
            jobs.append(_record(order, recording, folder, ffmpeg))
            owners.append((order, recording))
    with Crew(max(1, min(workers, len(jobs))), folder) as crew:
        for number, done in crew.results(jobs):
            order, recording = owners[number]
            if recording is None:
                order.is_painted = True
            else:
                order.played[recording] = done
                progress.played([track for track in recording.tracks if track in order.missing])
            if order.is_ready:
                _finish(order, folder)
                progress.whole(order.album)


def _record(order: _Order, recording: Recording, folder: Path, ffmpeg: str) -> Record:
    targets = [str(order.made(folder, track)) if track in order.missing else None for track in recording.tracks]
    return Record(recording.piece, recording.seed, order.album.level_lufs, order.album.format, targets, ffmpeg)


def _finish(order: _Order, folder: Path) -> None:
    """Tag and publish what is missing of an album that is all played."""
    album, gains = order.album, order.gains()
    cover = order.painted(folder).read_bytes() if album.cover_inside else None
    for recording in album.recordings:
        for track in recording.tracks:
            lines = timed(track.lyrics, order.played[recording].line_starts_s) if track.lyrics else ()
            if track.lyrics_beside and not order.shelf.is_whole(order.lyrics_of(track)):
                _write_lyrics(order, track, lines, folder)
            if track in order.missing:
                inside = () if track.lyrics_beside else lines
                _label(order.made(folder, track), Label(album, track, recording.bpm, gains[track], cover, inside))
                order.shelf.put(order.made(folder, track), album.path_of(track))
    if album.cover_beside and not order.shelf.is_whole(order.cover):
        order.shelf.put(order.painted(folder), order.cover)


def _label(made: Path, label: Label) -> None:
    try:
        write_tags(made, label)
    except MutagenError as error:  # what it makes of an OSError, too
        raise DemoFailed(str(error)) from error


def _write_lyrics(order: _Order, track: Track, lines: Sequence[Line], folder: Path) -> None:
    artist = track.artist or order.album.artist
    written = folder / "lyrics"
    written.write_text(lrc(lines, title=track.title, artist=artist, album=order.album.title), "utf-8")
    order.shelf.put(written, order.lyrics_of(track))
