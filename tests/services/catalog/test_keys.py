"""Keys made of names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutti.services.catalog.repository.folding import fold, unify, words
from tutti.services.catalog.service.keys import MAX_LENGTH, name_key, sort_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("The Beatles", "beatles"),
        ("Béatles", "beatles"),
        ("L’Amour", "amour"),
        ("Die", "die"),
        ("The The", "the"),
        ("…And Justice for All", "and justice for all"),
        ("(What's the Story)  Morning Glory?", "what's the story) morning glory?"),
        ("Ørsted", "orsted"),
        ("Straße", "strasse"),
        ("Ｗｉｄｅ", "wide"),
        ("!!!", "!!!"),
        ("A-ha", "a-ha"),
        ("", ""),
    ],
)
def test_names_sort_without_case_accents_signs_and_articles(name: str, key: str) -> None:
    assert sort_key(name) == key


def test_articles_are_a_choice() -> None:
    assert sort_key("The Band", articles=()) == "the band"
    assert sort_key("Ein Lied", articles=("ein",)) == "lied"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Guns N’ Roses", "guns n' roses"),
        ("Jay‐Z", "JAY-Z"),
        ("  Sigur   Rós ", "Sigur Rós"),
        ("ＡＢＢＡ", "abba"),
        ("Straße", "STRASSE"),
        ("Zero\u200bWidth", "ZeroWidth"),
    ],
)
def test_spelling_does_not_make_another_name(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("Blümchen", "Blumchen"), ("The Band", "Band"), ("x" * 300, "x" * 301)])
def test_other_letters_make_another_name(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(st.text(max_size=400))
def test_keys_are_short_clean_and_settled(text: str) -> None:
    for key in (sort_key(text), name_key(text)):
        assert len(key) <= MAX_LENGTH
        key.encode()  # no lone surrogate
        assert "\0" not in key
    assert fold(fold(text)) == fold(text)
    assert len(name_key(text)) == MAX_LENGTH or name_key(name_key(text)) == name_key(text)


@given(st.text(max_size=60))
def test_words_hold_nothing_that_a_query_could_mean(text: str) -> None:
    found = words(text)
    assert words(" ".join(found)) == found
    assert not set("\"'*:^()-+&|! \\") & set("".join(found))


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=60))
def test_the_short_way_for_ascii_folds_as_the_long_one(text: str) -> None:
    assert fold(text) == fold(text + " é").removesuffix("e").rstrip()
    assert unify(text) == unify(text + " é").removesuffix("é").rstrip()
    assert name_key(text) == name_key(text + " é").removesuffix("é").rstrip()


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=60))
def test_words_of_plain_letters_are_those_of_any(text: str) -> None:
    """They are found by a shorter way, which another script beside them closes."""
    (*found, last) = words(f"{text} я")
    assert last == "я"
    assert found == [word for word in words(f"{text} i") if not word.startswith("sign")][:-1]
