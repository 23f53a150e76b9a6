"""Writing: the same bytes every time, whole files or none, and no more work than what is missing."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from demo.conftest import Written
from demo.selection import ALBUMS_HERE, TRACKS_HERE, album_of
from support.audio import ffmpeg
from tutti.demo import DemoFailed, Progress, write_demo
from tutti.demo.library import ALBUMS
from tutti.demo.studio import PIECES
from tutti.kit.files import files_below

RAIN = album_of("rain")
SAVE = album_of("save")
ROAD = album_of("stretch")
LEAVES = next(album for album in ALBUMS_HERE if album.format == "opus")
_IN_THE_FOLDER = {".sizes.json", "LICENSE.txt"}


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


@pytest.fixture
def again(written: Written, tmp_path: Path) -> Path:
    """A copy of the folder, to be damaged."""
    return Path(shutil.copytree(written.folder, tmp_path / "again"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def stamps(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}


def test_every_piece_of_the_plan_can_be_played() -> None:
    assert sorted(each.piece for album in ALBUMS for each in album.recordings) == sorted(PIECES)


def test_the_paths_are_those_of_the_tracks_in_order(written: Written) -> None:
    assert written.paths == [written.folder / album.path_of(track) for album, track in TRACKS_HERE]
    assert all(path.stat().st_size > 100_000 for path in written.paths)


def test_nothing_is_left_but_music_covers_lyrics_and_the_licence(written: Written) -> None:
    names = {path.name for path in written.folder.iterdir() if path.is_file()}
    assert names == _IN_THE_FOLDER
    assert {path.name for path in written.folder.iterdir() if path.is_dir()} == {each.artist for each in ALBUMS_HERE}
    assert "CC0" in (written.folder / "LICENSE.txt").read_text("utf-8")


def test_progress_goes_from_nothing_to_all_tracks_and_albums(written: Written) -> None:
    tracks, albums = len(TRACKS_HERE), len(ALBUMS_HERE)
    assert written.told[0] == Progress(0, 0, tracks, albums)
    assert (written.told[-1].tracks, written.told[-1].albums) == (tracks, albums)
    steps = [(after.tracks - before.tracks, after.albums - before.albums) for before, after in pairwise(written.told)]
    assert sorted(set(steps)) == [(0, 1), (1, 0)]
    assert {each.title for each in written.told[1:]} == {
        *(track.title for _, track in TRACKS_HERE),
        *(album.title for album in ALBUMS_HERE),
    }


def test_an_album_is_told_when_all_its_files_are_there(tmp_path: Path) -> None:
    seen: dict[str, bool] = {}

    def look(done: Progress) -> None:
        for album in (SAVE, RAIN):
            if done.title == album.title:
                seen[album.title] = all((tmp_path / album.path_of(track)).is_file() for track in album.tracks)

    write_demo(tmp_path, ffmpeg=ffmpeg(), albums=[SAVE, RAIN], on_progress=look)
    assert seen == {SAVE.title: True, RAIN.title: True}


def test_the_same_bytes_come_out_every_time(written: Written, tmp_path: Path) -> None:
    paths = write_demo(tmp_path, ffmpeg=ffmpeg(), albums=[RAIN, ROAD, LEAVES], workers=3)
    assert {path.suffix for path in paths} == {".m4a", ".mp3", ".opus"}
    for path in paths:
        assert path.read_bytes() == (written.folder / path.relative_to(tmp_path)).read_bytes(), path


def test_a_second_call_touches_nothing(again: Path) -> None:
    before, told = stamps(again), list[Progress]()
    paths = write_demo(again, ffmpeg="/no/ffmpeg", albums=ALBUMS_HERE, on_progress=told.append, workers=1)
    assert stamps(again) == before
    albums = len(ALBUMS_HERE)
    assert told == [Progress(len(paths), albums, len(paths), albums)], "what is there is told at once"


@pytest.mark.parametrize(
    ("name", "left_bytes"),
    [("03 Save Point.m4a", None), ("03 Save Point.m4a", 300_000), ("cover.jpg", 0), ("LICENSE.txt", None)],
)
def test_what_is_gone_or_cut_off_is_made_anew_and_the_rest_is_left(
    written: Written, again: Path, name: str, left_bytes: int | None
) -> None:
    whole = contents(again)
    (damaged,) = again.rglob(name) if name != "cover.jpg" else [again / SAVE.folder / name]
    if left_bytes is None:
        damaged.unlink()
    else:
        os.truncate(damaged, left_bytes)
    others = {path: stamp for path, stamp in stamps(again).items() if path.is_file() and path != damaged}
    write_demo(again, ffmpeg=ffmpeg(), albums=ALBUMS_HERE)
    assert contents(again) == whole
    after = stamps(again)
    assert {path for path, stamp in others.items() if after[path] != stamp} <= {again / each for each in _IN_THE_FOLDER}


def test_a_file_that_somebody_tagged_anew_is_theirs(again: Path) -> None:
    path = again / SAVE.path_of(SAVE.tracks[0])
    theirs = path.read_bytes() + b"free\0"
    path.write_bytes(theirs)
    write_demo(again, ffmpeg="/no/ffmpeg", albums=ALBUMS_HERE)
    assert path.read_bytes() == theirs


@pytest.mark.parametrize("ledger", [None, b"", b"{]"])
def test_a_lost_ledger_costs_nothing(again: Path, ledger: bytes | None) -> None:
    (again / ".sizes.json").unlink()
    if ledger is not None:
        (again / ".sizes.json").write_bytes(ledger)
    write_demo(again, ffmpeg="/no/ffmpeg", albums=ALBUMS_HERE)


def test_stopped_in_the_middle_it_leaves_whole_albums_or_none(tmp_path: Path) -> None:
    def stop(done: Progress) -> None:
        if done.tracks:
            raise Stopped

    with pytest.raises(Stopped):
        write_demo(tmp_path, ffmpeg=ffmpeg(), albums=[RAIN, SAVE], on_progress=stop)
    assert set(contents(tmp_path)) <= _IN_THE_FOLDER


def test_killed_in_the_middle_it_goes_on_from_there(written: Written, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with _stuck_ffmpeg(tmp_path) as stuck:
        call = f"write_demo(Path({str(folder)!r}), ffmpeg={stuck!r}, albums=ALBUMS[-1:], workers=1)"
        lines = "from pathlib import Path", "from tutti.demo import write_demo", "from tutti.demo.library import ALBUMS"
        process = subprocess.Popen([sys.executable, "-c", "\n".join([*lines, call])])
        while process.poll() is None and not _has_begun(folder):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert {path for path in contents(folder) if not path.startswith(".partial/")} <= _IN_THE_FOLDER
        (path,) = write_demo(folder, ffmpeg=ffmpeg(), albums=[RAIN])
    assert path.read_bytes() == (written.folder / RAIN.path_of(RAIN.tracks[0])).read_bytes()
    assert not (folder / ".partial").exists()


@contextmanager
def _stuck_ffmpeg(folder: Path) -> Generator[str]:
    """An ffmpeg that begins a file and comes to no end within the block: whoever waits for it can be killed at leisure.

    It ends when it is deleted, as does the worker that waits for it, which outlives its parent.
    """
    path = folder / "ffmpeg"
    path.write_text('#!/bin/sh\nfor target; do :; done\necho half > "$target"\nwhile [ -e "$0" ]; do sleep 0.1; done\n')
    path.chmod(0o755)
    try:
        yield str(path)
    finally:
        path.unlink()


def _has_begun(folder: Path) -> bool:
    """Whether a first piece is being encoded."""
    return any(path.name == "0-1-1" for path in files_below(folder / ".partial"))


def test_a_full_disk_is_named_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    full = tmp_path / "ffmpeg"  # the real one, but what it writes goes to a disk that is always full
    call = f"os.execv({ffmpeg()!r}, ['ffmpeg', *sys.argv[1:-1], '/dev/full'])"
    full.write_text(f"#!{sys.executable}\nimport os, sys\n{call}\n")
    full.chmod(0o755)
    with pytest.raises(DemoFailed, match="No space left on device") as failed:
        write_demo(tmp_path / "demo", ffmpeg=str(full), albums=[RAIN])
    assert "\n" not in str(failed.value)
    assert set(contents(tmp_path / "demo")) == _IN_THE_FOLDER


def test_a_missing_ffmpeg_is_named(tmp_path: Path) -> None:
    with pytest.raises(DemoFailed, match="/no/ffmpeg: No such file or directory"):
        write_demo(tmp_path, ffmpeg="/no/ffmpeg", albums=[RAIN])


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="Not a directory") as failed:
        write_demo(tmp_path / "file" / "demo", ffmpeg=ffmpeg(), albums=[RAIN])
    assert str(tmp_path / "file") in str(failed.value.filename)
