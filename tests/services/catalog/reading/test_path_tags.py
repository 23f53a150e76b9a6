"""What a path says where tags say nothing."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.audio import make_audio
from support.tagging import write_tags
from tutti.services.catalog.service.reading.path_tags import PathTags, read_path
from tutti.services.catalog.service.reading.reader import read_file


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("song.mp3", PathTags("song")),
        ("Artist/Album (1999)/1-02 - Title.mp3", PathTags("Title", "Artist", "Album", "1999", 2, 1)),
        ("Artist/Album [1999]/02. Title.flac", PathTags("Title", "Artist", "Album", "1999", 2)),
        ("Artist/1999 - Album/02 Title.flac", PathTags("Title", "Artist", "Album", "1999", 2)),
        ("Artist/(1999) - Album/02_Some_Title.flac", PathTags("Some Title", "Artist", "Album", "1999", 2)),
        ("Artist - Album (1999)/2) Title.mp3", PathTags("Title", "Artist", "Album", "1999", 2)),
        ("Artist/Album/CD 2/03 Title.mp3", PathTags("Title", "Artist", "Album", None, 3, 2)),
        ("Artist/Album/Disc 2 - The Wall/03 Title.mp3", PathTags("Title", "Artist", "Album", None, 3, 2, "The Wall")),
        ("Artist/Album/disc2/3. Title.mp3", PathTags("Title", "Artist", "Album", None, 3, 2)),
        ("Album/Artist - Title.mp3", PathTags("Title", "Artist", "Album")),
        ("Various/Album/03 - Artist - Title.mp3", PathTags("Title", "Artist", "Album", None, 3)),
        ("Various/Album/Artist - 03 - Title.mp3", PathTags("Title", "Artist", "Album", None, 3)),
        ("Album/7 Seconds.mp3", PathTags("7 Seconds", None, "Album")),
        ("Album/1999.mp3", PathTags("1999", None, "Album")),
        ("1984/Doublethink.mp3", PathTags("Doublethink", None, "1984")),
        ("Self-Titled/Semi-Charmed.mp3", PathTags("Semi-Charmed", None, "Self-Titled")),
        ("CD 1/Title.mp3", PathTags("Title", None, None, None, None, 1)),
        ("Björk/Début – 東京/05. ヒカル.ogg", PathTags("ヒカル", "Début", "東京", None, 5)),
        (".mp3", PathTags(".mp3")),
        ("no extension", PathTags("no extension")),
    ],
)
def test_paths(path: str, expected: PathTags) -> None:
    assert read_path(path) == expected


@settings(deadline=None)
@given(st.text(st.sampled_from("ab12 -._()[]/CD東"), min_size=1, max_size=40).filter(lambda path: path.strip("/")))
def test_no_path_is_too_odd(path: str) -> None:
    assert read_path(path).title


def test_the_path_fills_what_tags_leave_out(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "Artist" / "Album (1999)" / "CD 2", "05 - Title", "flac")
    tags = read_file(path, library_root=tmp_path)
    assert (tags.title, tags.artists[0].name, tags.album, tags.date) == ("Title", "Artist", "Album", "1999")
    assert (tags.track_number, tags.disc_number) == (5, 2)

    write_tags(path, {"title": ["Own"], "artist": ["Somebody"], "date": ["2001"], "tracknumber": ["7"]})
    tags = read_file(path, library_root=tmp_path)
    assert (tags.title, tags.artists[0].name, tags.date, tags.track_number) == ("Own", "Somebody", "2001", 7)
    assert (tags.album, tags.disc_number) == ("Album", 2)


def test_a_number_that_belongs_to_the_title_is_no_track_number(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "99 Luftballons", "mp3")
    write_tags(path, {"title": ["99 Luftballons"]})
    assert read_file(path).track_number is None


def test_the_library_itself_is_no_album(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "Music", "Title", "mp3")
    assert read_file(path, library_root=tmp_path / "Music").album is None
    assert read_file(path, library_root=tmp_path).album == "Music"
