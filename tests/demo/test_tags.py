"""What is written into the files, read back as another program would."""

import io
import re

import pytest
from mutagen.mp3 import MP3
from PIL import Image

from demo.conftest import Written
from demo.labels import Labels, read_labels
from demo.listening import loudness
from demo.selection import ALBUMS_HERE, TITLES_HERE, TRACKS_HERE
from tutti.demo.library import ALBUMS, Album, Track
from tutti.demo.tagging import COMMENT

each_track = pytest.mark.parametrize(("album", "track"), TRACKS_HERE, ids=TITLES_HERE)
_LRC_LINE = re.compile(r"\[(\d\d):(\d\d\.\d\d)\](.+)")


def labels_of(written: Written, album: Album, track: Track) -> Labels:
    return read_labels(written.folder / album.path_of(track))


@each_track
def test_every_tag_reads_back(written: Written, album: Album, track: Track) -> None:
    bpm = next(each.bpm for each in album.recordings if track in each.tracks)
    assert labels_of(written, album, track).values == {
        "title": [track.title],
        "artist": [track.artist or album.artist],
        "albumartist": [album.artist],
        "album": [album.title],
        "track": [f"{track.number}/{album.tracks_of_disc(track.disc)}"],
        "disc": [f"{track.disc}/{album.discs}"],
        "date": [album.date],
        "genre": list(album.genres),
        "composer": [album.composer],
        "comment": [COMMENT],
        "bpm": [str(bpm)],
    }


@each_track
def test_the_gains_are_what_ffmpeg_measures(written: Written, album: Album, track: Track) -> None:
    gains = labels_of(written, album, track).gains
    heard = loudness(written.folder / album.path_of(track))
    if album.format == "opus":
        assert int(gains["r128_track_gain"]) / 256 == pytest.approx(-23.0 - heard.integrated_lufs, abs=0.4)
        return
    assert gains["replaygain_track_gain"].endswith(" dB")
    assert float(gains["replaygain_track_gain"][:-3]) == pytest.approx(-18.0 - heard.integrated_lufs, abs=0.4)
    assert 0.3 < float(gains["replaygain_track_peak"]) <= float(gains["replaygain_album_peak"]) < 1.0


def test_an_album_has_one_gain(written: Written) -> None:
    for album in ALBUMS_HERE:
        name = "r128_album_gain" if album.format == "opus" else "replaygain_album_gain"
        assert len({labels_of(written, album, track).gains[name] for track in album.tracks}) == 1


@each_track
def test_the_cover_is_in_the_file_or_beside_it(written: Written, album: Album, track: Track) -> None:
    inside = labels_of(written, album, track).covers
    beside = written.folder / album.folder / "cover.jpg"
    assert len(inside) == album.cover_inside
    assert beside.exists() == album.cover_beside
    for cover in [*inside, *([beside.read_bytes()] if album.cover_beside else [])]:
        with Image.open(io.BytesIO(cover)) as picture:
            picture.load()
            assert (picture.format, picture.size, picture.mode) == ("JPEG", (1000, 1000), "RGB")


def test_sung_lines_have_their_times_in_the_file(written: Written) -> None:
    album, track = next((album, track) for album, track in TRACKS_HERE if track.lyrics and not track.lyrics_beside)
    file = MP3(written.folder / album.path_of(track))
    assert file.tags is not None
    (timed,), (plain,) = file.tags.getall("SYLT"), file.tags.getall("USLT")
    assert plain.text.splitlines() == [text for text, _ in timed.text] == list(track.lyrics)
    starts_ms = [start_ms for _, start_ms in timed.text]
    assert starts_ms == sorted(set(starts_ms))
    assert starts_ms[0] >= 0
    assert starts_ms[-1] < (file.info.length - 3.0) * 1000


def test_sung_lines_have_their_times_beside_the_file(written: Written) -> None:
    album, track = next((album, track) for album, track in TRACKS_HERE if track.lyrics_beside)
    text = (written.folder / album.path_of(track)).with_suffix(".lrc").read_text("utf-8")
    lines = [found.groups() for found in _LRC_LINE.finditer(text)]
    starts_s = [int(minutes) * 60 + float(seconds) for minutes, seconds, _ in lines]
    assert [words for *_, words in lines] == list(track.lyrics)
    assert starts_s == sorted(set(starts_s))
    assert starts_s[-1] < labels_of(written, album, track).seconds - 3.0


def test_the_library_shows_what_a_library_can_hold() -> None:
    tracks = [track for album in ALBUMS for track in album.tracks]
    assert len(tracks) >= 12
    assert {album.format for album in ALBUMS} == {"mp3", "flac", "opus", "m4a"}
    assert len({album.path_of(track) for album in ALBUMS for track in album.tracks}) == len(tracks)
    assert any(album.discs > 1 for album in ALBUMS)
    assert any(track.lyrics for track in tracks)
    assert all(album.cover_inside or album.cover_beside for album in ALBUMS)
    assert [track.number for album in ALBUMS for disc in (1, 2) for track in album.tracks if track.disc == disc] == [
        number for album in ALBUMS for disc in (1, 2) for number in range(1, album.tracks_of_disc(disc) + 1)
    ]
