"""Numbers, dates, ids and text as taggers write them."""

import math
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutti.services.catalog.service.reading import values
from tutti.services.catalog.service.reading.text import MAX_NAME_CHARS, clean_name, clean_text


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1999", "1999"),
        ("1999-05", "1999-05"),
        ("1999-05-04", "1999-05-04"),
        ("1999-05-04T12:30:00Z", "1999-05-04"),
        ("1999/5/4", "1999-05-04"),
        ("19990504", "1999-05-04"),
        ("04.05.1999", "1999-05-04"),
        ("1999-00-00", "1999"),
        ("1999-05-00", "1999-05"),
        ("1999-13-01", "1999"),
        ("1999-02-30", "1999-02"),
        ("2000-02-29", "2000-02-29"),
        (" 1999 ", "1999"),
        ("0000", None),
        ("99", None),
        ("May 1999", None),
        ("", None),
    ],
)
def test_dates(text: str, date: str | None) -> None:
    assert values.parse_date(text) == date


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("3", (3, None)),
        ("03/12", (3, 12)),
        ("3 of 12", (3, 12)),
        (" 3 / 12 ", (3, 12)),
        ("A3", (3, None)),
        ("0", (None, None)),
        ("3/0", (3, None)),
        ("/12", (None, None)),
        ("99999", (None, None)),
        ("x", (None, None)),
        ("", (None, None)),
    ],
)
def test_numbers(text: str, pair: tuple[int | None, int | None]) -> None:
    assert values.parse_number_of(text) == pair


@pytest.mark.parametrize(
    ("text", "gain"),
    [
        ("-6.54 dB", -6.54),
        ("+3,5 dB", 3.5),
        ("0", 0.0),
        ("-100 dB", None),
        ("nan", None),
        ("loud", None),
        ("1e99", None),
    ],
)
def test_gains(text: str, gain: float | None) -> None:
    assert values.parse_gain_db(text) == gain


def test_r128_gains_have_another_reference() -> None:
    assert values.parse_r128_gain_db("0") == 5.0
    assert values.parse_r128_gain_db("-1792") == -2.0
    assert values.parse_r128_gain_db("999999") is None


def test_peaks_and_beats() -> None:
    assert values.parse_peak("0.98") == 0.98
    assert values.parse_peak("-1") is values.parse_peak("1e9") is None
    assert values.parse_bpm("127.99") == 127.99
    assert values.parse_bpm("0") is values.parse_bpm("fast") is None


def test_ids() -> None:
    mbid = "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"
    assert values.parse_mbid(f" {mbid.upper()} ") == mbid
    assert values.parse_mbid(mbid[:-1]) is None
    assert values.parse_isrc("gb-aye-69-00001") == "GBAYE6900001"
    assert values.parse_isrc("GBAYE690000") is None


def test_flags() -> None:
    assert all(values.parse_flag(text) for text in ("1", "true", "Yes", " 2 "))
    assert not any(values.parse_flag(text) for text in ("0", "false", "", "no", "-"))


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_value_is_too_odd(text: str) -> None:
    date, number = values.parse_date(text), values.parse_float(text)
    assert date is None or values.parse_date(date) == date
    assert number is None or math.isfinite(number)
    values.parse_number_of(text), values.parse_flag(text), values.parse_isrc(text), values.parse_mbid(text)


@settings(deadline=None)
@given(st.dates().filter(lambda date: date.year > 0))
def test_every_real_date_comes_back(date) -> None:
    assert values.parse_date(date.isoformat()) == date.isoformat()


@settings(deadline=None)
@given(st.text())
def test_names_are_one_clean_line(text: str) -> None:
    name = clean_name(text)
    assert len(name) <= MAX_NAME_CHARS
    assert name == name.strip() == unicodedata.normalize("NFC", name)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in name)
    assert clean_name(name) == name


@settings(deadline=None)
@given(st.text())
def test_texts_keep_their_lines(text: str) -> None:
    cleaned = clean_text(text)
    assert {char for char in cleaned if unicodedata.category(char) == "Cc"} <= {"\n", "\t"}
    assert clean_text(cleaned) == cleaned
    cleaned.encode()


def test_cleaning() -> None:
    assert clean_name(" Title\0\0\0 ") == "Title"
    assert clean_name("a\r\nb\tc") == "a b c"
    assert clean_name("Cafe\u0301") == "Café"
    assert clean_name("\ufeffTitle\u202egnp.exe") == "Titlegnp.exe"
    assert clean_name("\ud800x") == "x"
    assert clean_name("x" * 10_000_000) == "x" * MAX_NAME_CHARS
    assert clean_text("a\r\nb\rc\x07") == "a\nb\nc"
