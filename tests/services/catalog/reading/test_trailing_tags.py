"""ID3v1, APEv2 and Lyrics3: tags at the end of a file."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.apev2 import APEv2
from mutagen.id3 import ID3, TIT2

from support.audio import audio_bytes
from tutti.services.catalog.service.reading.ape import read_ape
from tutti.services.catalog.service.reading.genres import expand_genre, id3v1_genre
from tutti.services.catalog.service.reading.id3v1 import read_id3v1
from tutti.services.catalog.service.reading.reader import read_file


def id3v1(title: bytes, artist: bytes = b"", comment: bytes = b"", genre: int = 255) -> bytes:
    fixed = title.ljust(30, b"\0") + artist.ljust(30, b" ") + b"Album".ljust(30, b"\0") + b"1984"
    return b"TAG" + fixed + comment.ljust(30, b"\0") + bytes([genre])


def mp3(folder: Path, tail: bytes) -> Path:
    path = folder / "song.mp3"
    path.write_bytes(audio_bytes("mp3") + tail)
    return path


def test_a_file_with_nothing_but_id3v1(tmp_path: Path) -> None:
    tags = read_file(mp3(tmp_path, id3v1(b"Title", b"Artist", b"Comment".ljust(28, b"\0") + b"\0\x07", 8)))
    assert (tags.title, tags.album, tags.date, tags.genres) == ("Title", "Album", "1984", ("Jazz",))
    assert ([a.name for a in tags.artists], tags.track_number, tags.comment) == (["Artist"], 7, "Comment")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Größe".encode("latin-1"), "Größe"),
        ("Größe".encode(), "Größe"),
        ("ночь улица фонарь аптека".encode()[:30], "ночь улица фонар"),  # cut inside the last letter
        (b"Title\0of an older, longer one", "Title"),
        (b"exactly thirty characters long", "exactly thirty characters long"),
    ],
)
def test_encodings_of_id3v1(content: bytes, expected: str) -> None:
    assert read_id3v1(id3v1(content)).fields["title"] == [expected]


def test_id3v1_in_cyrillic(tmp_path: Path) -> None:
    tags = read_file(mp3(tmp_path, id3v1("Группа крови".encode("cp1251"), "Кино".encode("cp1251"))))
    assert (tags.title, tags.artists[0].name) == ("Группа крови", "Кино")


def test_ranks(tmp_path: Path) -> None:
    """What ID3v2 lacks comes from APEv2, and what that lacks from ID3v1."""
    path = mp3(tmp_path, id3v1(b"from v1", b"from v1", b"from v1", 17))
    ape = APEv2()
    ape["Title"], ape["Artist"], ape["Composer"] = "from APE", ["A", "B"], "Composer"
    ape.save(path)
    assert read_file(path).title == "from APE"
    id3 = ID3()
    id3.add(TIT2(encoding=3, text="from v2"))
    id3.save(path)

    tags = read_file(path)

    assert (tags.title, tags.comment, tags.genres) == ("from v2", "from v1", ("Rock",))
    assert [artist.name for artist in tags.artists] == ["A", "B"]
    assert tags.credits[0].name == "Composer"


def test_genres_by_number() -> None:
    assert id3v1_genre(0) == "Blues"
    assert id3v1_genre(191) == "Psybient"
    assert id3v1_genre(192) is None
    assert expand_genre("17") == expand_genre("(17)") == ["Rock"]
    assert expand_genre("(17)(18)Own") == ["Rock", "Techno", "Own"]
    assert expand_genre("(17)Rock") == ["Rock"]
    assert expand_genre("(RX)") == ["Remix"]
    assert expand_genre("CR") == ["Cover"]
    assert expand_genre("Classic") == ["Classic"]
    assert expand_genre("((Quoted)") == ["(Quoted)"]
    assert expand_genre("80s") == ["80s"]
    assert expand_genre("999") == ["999"]


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_ape_tag_is_too_odd(items: bytes) -> None:
    read_ape(items)


@settings(deadline=None)
@given(st.binary(min_size=125, max_size=125))
def test_no_id3v1_tag_is_too_odd(content: bytes) -> None:
    read_id3v1(b"TAG" + content)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"LYRICS200", b"3DI\4\0\0\0\0\1\0", b"TAG" + bytes(125)]))
def test_a_footer_that_lies_is_audio(tmp_path_factory: pytest.TempPathFactory, junk: bytes, footer: bytes) -> None:
    path = mp3(tmp_path_factory.mktemp("tail"), junk + footer)
    assert read_file(path).audio.codec == "mp3"


def test_an_ape_tag_larger_than_the_file_is_none(tmp_path: Path) -> None:
    footer = b"APETAGEX" + (2000).to_bytes(4, "little") + (1 << 30).to_bytes(4, "little") + bytes(16)
    assert read_file(mp3(tmp_path, footer)).audio.codec == "mp3"
