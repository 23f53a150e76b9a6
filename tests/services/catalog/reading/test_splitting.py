"""One text, several names: split where it should be, and never elsewhere."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutti.services.catalog.service.reading.splitting import Splitter, splitter_for
from tutti.services.catalog.service.reading.track_tags import TagRules

RULES = TagRules()
SPLITTER = splitter_for(RULES)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("One", ["One"]),
        ("One; Two;Three", ["One", "Two", "Three"]),
        ("One / Two", ["One", "Two"]),
        ("AC/DC", ["AC/DC"]),
        ("ac/dc; Singer/Songwriter", ["ac/dc", "Singer/Songwriter"]),
        ("One/Two", ["One/Two"]),
        ("Earth, Wind & Fire", ["Earth, Wind & Fire"]),
        ("Simon & Garfunkel", ["Simon & Garfunkel"]),
        ("One; one; ONE", ["One"]),
        ("; ;", []),
        ("  ", []),
        ("", []),
    ],
)
def test_artists(text: str, names: list[str]) -> None:
    assert SPLITTER.split_artists(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("One/Two/Three", ["One", "Two", "Three"]),
        ("AC/DC", ["AC/DC"]),
        ("Guns N' Roses/AC/DC/K/DA", ["Guns N' Roses", "AC/DC", "K/DA"]),
        ("TAC/DC", ["TAC", "DC"]),
    ],
)
def test_slash_lists_of_old_id3(text: str, names: list[str]) -> None:
    assert SPLITTER.split_artists(text, slash_lists=True) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Rock/Pop", ["Rock", "Pop"]),
        ("Rock, Pop; Jazz", ["Rock", "Pop", "Jazz"]),
        ("Singer/Songwriter", ["Singer/Songwriter"]),
        ("R&B", ["R&B"]),
    ],
)
def test_genres(text: str, names: list[str]) -> None:
    assert SPLITTER.split_genres(text) == names


@pytest.mark.parametrize(
    ("text", "main", "guests"),
    [
        ("One feat. Two", "One", "Two"),
        ("One FT. Two & Three", "One", "Two & Three"),
        ("One (feat. Two)", "One", "Two"),
        ("One [featuring Two] ", "One", "Two"),
        ("One featuring Two", "One", "Two"),
        ("One", "One", None),
        ("Defeat. Two", "Defeat. Two", None),
        ("Little Feat", "Little Feat", None),
        ("Aftermath", "Aftermath", None),
    ],
)
def test_guests(text: str, main: str, guests: str | None) -> None:
    assert SPLITTER.split_featuring(text) == (main, guests)


def test_guests_in_a_title() -> None:
    assert SPLITTER.guests_in_title("Song (feat. One) [Remix]") == "One"
    assert SPLITTER.guests_in_title("Song feat. One") is None
    assert SPLITTER.guests_in_title("Song (Live)") is None


def test_rules_may_be_empty() -> None:
    splitter = Splitter(TagRules((), (), (), ()))
    text = "One; Two / AC/DC feat. Three (feat. Four)"
    assert splitter.split_artists(text) == splitter.split_genres(text) == [text]
    assert splitter.split_featuring(text) == (text, None)


_SEPARATORS = st.lists(st.sampled_from([";", " / ", "/", ",", " & ", "|", " x ", "\\\\", " - "]), max_size=4).map(tuple)
_NAMES = st.text(st.sampled_from("abÀ東 .'/;,&x-"), min_size=1, max_size=12)
_EXCEPTIONS = st.lists(st.sampled_from(["AC/DC", "a;b", "Earth, Wind & Fire", "a / b", "x"]), max_size=3).map(tuple)
_RULES = st.builds(TagRules, _SEPARATORS, _SEPARATORS, exceptions=_EXCEPTIONS)


@settings(deadline=None)
@given(_RULES, st.lists(_NAMES, max_size=5), st.sampled_from(["; ", " / ", "/", ", ", " feat. "]))
def test_no_name_is_empty_or_padded_or_twice(rules: TagRules, names: list[str], joint: str) -> None:
    for split in (splitter_for(rules).split_artists, splitter_for(rules).split_genres):
        found = split(joint.join(names))
        assert all(name and name == name.strip() for name in found)
        assert len({name.casefold() for name in found}) == len(found)


@settings(deadline=None)
@given(_RULES, st.lists(_NAMES, max_size=5), st.sampled_from(["; ", " / ", "/", ", "]))
def test_what_was_split_is_not_split_again(rules: TagRules, names: list[str], joint: str) -> None:
    splitter = splitter_for(rules)
    for name in splitter.split_artists(joint.join(names)):
        assert splitter.split_artists(name) == [name]


@settings(deadline=None)
@given(st.lists(st.text("abcÀ東 .'&-", min_size=1, max_size=12), min_size=1, max_size=6))
def test_joining_and_splitting_gives_back(names: list[str]) -> None:
    wanted = list({name.strip().casefold(): name.strip() for name in names if name.strip()}.values())
    wanted = list({name.casefold(): name for name in reversed(wanted)}.values())[::-1]
    for joint in (";", "; ", " / "):
        assert SPLITTER.split_artists(joint.join(wanted)) == wanted


@settings(deadline=None)
@given(st.lists(st.sampled_from(RULES.exceptions), min_size=1, max_size=5, unique=True), st.booleans())
def test_exceptions_are_never_split(names: list[str], upper: bool) -> None:
    text = ("/" if upper else ";").join(name.upper() if upper else name for name in names)
    found = SPLITTER.split_artists(text, slash_lists=upper)
    assert [name.casefold() for name in found] == [name.casefold() for name in names]


@settings(deadline=None)
@given(st.text(max_size=60))
def test_featuring_loses_no_one(text: str) -> None:
    main, guests = SPLITTER.split_featuring(text)
    assert main in text or "(" in text or "[" in text
    assert guests is None or guests in text
