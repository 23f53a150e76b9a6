"""Encodings that lie are repaired, and only those."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen import id3

from support.audio import audio_bytes
from tutti.services.catalog.service.reading.encodings import decode_unmarked, likely_codec, repair
from tutti.services.catalog.service.reading.reader import read_file

RUSSIAN = ["Кино", "Группа крови", "Звезда по имени Солнце", "Ёлка", "Виктор Цой"]
JAPANESE = ["宇多田ヒカル", "さくら さくら", "東京", "きゃりーぱみゅぱみゅ", "椎名林檎 First"]
CHINESE = ["周杰伦", "青花瓷", "中国好声音", "北京欢迎你"]
WESTERN = [
    "Beyoncé",
    "Sigur Rós – Ágætis byrjun",
    "Motörhead",
    "Mötley Crüe",
    "À la claire fontaine",
    "ÆØÅ",
    "ÀÉÎÕÜ",
    "Señor Coconut y su conjunto",
    "Łódź",
    "Don’t Stop “Believin’”",
    "Café — Crème…",
    "Þórr Ýmir",
    "¿Qué?",
    "naïve façade",
    "Größe",
    "ß",
    "Ångström ½",
    "S€x & M¥n",
]


@pytest.mark.parametrize("text", [*RUSSIAN, *JAPANESE, *CHINESE, *WESTERN])
def test_utf_8_behind_latin_1(text: str) -> None:
    broken = text.encode().decode("latin-1")
    assert repair([broken])[broken] == text


@pytest.mark.parametrize("text", ["Don’t Stop", "“Quoted”", "Ночь"])
def test_utf_8_behind_cp1252(text: str) -> None:
    broken = text.encode().decode("cp1252", "ignore")
    if broken.encode("cp1252") == text.encode():
        assert repair([broken])[broken] == text


@pytest.mark.parametrize(
    ("codec", "texts"), [("cp1251", RUSSIAN), ("cp932", JAPANESE), ("gbk", CHINESE), ("cp1251", RUSSIAN[:1])]
)
def test_code_pages_behind_latin_1(codec: str, texts: list[str]) -> None:
    broken = [text.encode(codec).decode("latin-1") for text in texts]
    assert repair(broken) == dict(zip(broken, texts, strict=True))


@pytest.mark.parametrize(("codec", "texts"), [("cp1251", RUSSIAN), ("cp932", JAPANESE), ("gbk", CHINESE)])
def test_code_pages_alone(codec: str, texts: list[str]) -> None:
    for text in texts:
        assert likely_codec(text.encode(codec)) in (codec, None)
    assert sum(likely_codec(text.encode(codec)) == codec for text in texts) >= len(texts) - 1
    assert decode_unmarked("\n".join(texts).encode(codec)) == "\n".join(texts)


@pytest.mark.parametrize("text", [*WESTERN, *RUSSIAN, *JAPANESE, *CHINESE, "plain ASCII", ""])
def test_what_is_right_stays(text: str) -> None:
    assert repair([text]) == {}


def test_right_texts_stay_together_too() -> None:
    assert repair(WESTERN) == {}
    assert repair([*WESTERN, *RUSSIAN, *JAPANESE]) == {}


def test_a_short_text_is_carried_by_the_others_of_its_file() -> None:
    short, long = ("Да".encode("cp1251").decode("latin-1"), "Звезда по имени Солнце".encode("cp1251").decode("latin-1"))
    assert repair([short]) == {}
    assert repair([short, long])[short] == "Да"


@pytest.mark.parametrize(("codec", "text"), [("cp1251", RUSSIAN[2]), ("cp932", JAPANESE[1]), ("gbk", CHINESE[2])])
def test_a_long_text_is_judged_by_its_beginning(codec: str, text: str) -> None:
    long = "\n".join([text] * 2000)
    broken = long.encode(codec).decode("latin-1")
    assert repair([broken]) == {broken: long}
    assert decode_unmarked(long.encode(codec)) == long


def test_windows_quotes_in_latin_1() -> None:
    assert repair(["Don\x92t \x84x\x93"]) == {"Don\x92t \x84x\x93": "Don’t „x“"}


def test_unmarked_bytes() -> None:
    assert decode_unmarked("Ночь".encode()) == "Ночь"
    assert decode_unmarked(b"\xef\xbb\xbfTitle") == "Title"
    assert decode_unmarked("Beyoncé".encode("latin-1")) == "Beyoncé"
    assert decode_unmarked(b"\x81\x8d odd") == "\x81\x8d odd"


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_no_bytes_are_too_odd(content: bytes) -> None:
    assert isinstance(decode_unmarked(content), str)
    likely_codec(content)


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), max_size=6))
def test_no_text_is_too_odd(texts: list[str]) -> None:
    assert set(repair(texts)) <= set(texts)


@settings(deadline=None)
@given(st.lists(st.text("àáâãäåæçèéêëìíîïñòóôõöøùúûüýþÿ abcdefghij", min_size=3), min_size=1))
def test_western_words_are_left_alone(texts: list[str]) -> None:
    mixed = [f"a{text}e of" for text in texts]
    assert repair(mixed) == {}


def test_in_a_file(tmp_path) -> None:
    tags = id3.ID3()
    for frame, text in ((id3.TIT2, "Группа крови"), (id3.TPE1, "Кино"), (id3.TALB, "Группа крови")):
        tags.add(frame(encoding=0, text=text.encode("cp1251").decode("latin-1")))
    tags.add(id3.TIPL(encoding=0, people=[["producer", "Цой".encode("cp1251").decode("latin-1")]]))
    path = tmp_path / "a.mp3"
    path.write_bytes(audio_bytes("mp3"))
    tags.save(path)

    read = read_file(path)

    assert (read.title, read.album) == ("Группа крови", "Группа крови")
    assert [artist.name for artist in read.artists] == ["Кино"]
    assert [credit.name for credit in read.credits] == ["Цой"]
