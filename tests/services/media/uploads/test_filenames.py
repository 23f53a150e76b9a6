"""Names as people see them: whatever comes, a line of text comes out, and no path."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tutti.services.media.api import FilenameUnusable
from tutti.services.media.service.uploads.filenames import MAX_LENGTH, clean_filename, extension_of


@pytest.mark.parametrize(
    ("given_", "clean"),
    [
        ("Song.flac", "Song.flac"),
        ("../../etc/passwd.mp3", "passwd.mp3"),
        ("C:\\Music\\..\\Song.mp3", "Song.mp3"),
        ("/etc/shadow.ogg", "shadow.ogg"),
        ("folder/.hidden.mp3", "hidden.mp3"),
        ("a\x00b.flac", "ab.flac"),
        ("a\nb\t c.flac", "a b c.flac"),
        ("gpj.\u202e3pm.mp3", "gpj.3pm.mp3"),
        ("Cafe\u0301.mp3", "Café.mp3"),
        ("نمی\u200cدانم.mp3", "نمی\u200cدانم.mp3"),
        ("  . Song .flac . ", "Song .flac"),
        ("音" * 500 + ".flac", "音" * 250 + ".flac"),
        ("x" * 300, "x" * 255),
        ("a." + "x" * 300, "a." + "x" * 253),
    ],
)
def test_names_are_cleaned(given_: str, clean: str) -> None:
    assert clean_filename(given_) == clean


@pytest.mark.parametrize("nothing", ["", " ", ".", "..", "../..", "folder/", "\u202e", "\x00", "...   "])
def test_nothing_is_no_name(nothing: str) -> None:
    with pytest.raises(FilenameUnusable, match="needs a name"):
        clean_filename(nothing)


@given(st.text(max_size=1000))
@example("0 \x1b\r0")
@example("e\u200b\u0301.mp3")
@example("." + "a" * 253 + "  b" + "c" * 300)
def test_whatever_comes_is_one_short_visible_line(text: str) -> None:
    try:
        name = clean_filename(text)
    except FilenameUnusable:
        return
    assert 1 <= len(name) <= MAX_LENGTH
    assert not set("/\\\n\r\0") & set(name)
    assert name not in (".", "..")
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in name)
    assert clean_filename(name) == name


@given(st.text(st.characters(whitelist_categories=["L"]), min_size=1, max_size=600))
def test_the_ending_outlives_the_cut(stem: str) -> None:
    assert extension_of(clean_filename(f"{stem}.flac")) == "flac"


@pytest.mark.parametrize(
    ("name", "ending"), [("a.MP3", "mp3"), ("a", ""), ("a.tar.gz", "gz"), ("a.", ""), ("a.b c", "b c")]
)
def test_the_ending_says_the_format(name: str, ending: str) -> None:
    assert extension_of(name) == ending
