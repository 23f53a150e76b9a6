"""Names, addresses and passwords: what is taken, and when two spellings are one name."""

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tutti.services.accounts.api import PASSWORD_MAX, PASSWORD_MIN, UnusableName, WeakPassword
from tutti.services.accounts.service.names import check_password, clean_email, clean_name, name_key

LETTERS = st.characters(categories=["L", "Nd"])
INSIDE = LETTERS | st.sampled_from(" _.'-")
USUAL = st.builds(lambda first, inside, last: first + inside + last, LETTERS, st.text(INSIDE, max_size=10), LETTERS)
ANY = st.text(max_size=40) | USUAL


def cleaned(name: str) -> str | None:
    try:
        return clean_name(name)
    except UnusableName:
        return None


@given(ANY)
@example("ﷺ")  # eighteen letters in one
@example("a\u00a0b")
@example("ẞ")
def test_a_name_that_is_taken_is_in_its_final_form(name: str) -> None:
    result = cleaned(name)
    assume(result is not None)
    assert result == clean_name(result)
    assert unicodedata.is_normalized("NFKC", result)
    assert 1 <= len(result) <= 32
    assert result == result.strip()
    assert "  " not in result
    for character in result:
        assert character in " _.'-" or unicodedata.category(character)[0] in "LMN", character


@given(ANY)
@example("İ")
@example("ΐ")
@example("\u0345")
@example("ǰ\u0323")
def test_a_name_is_found_again_however_it_is_spelled(name: str) -> None:
    key = name_key(name)
    assert name_key(key) == key
    for spelling in (f"  {name}\t", unicodedata.normalize("NFD", name), unicodedata.normalize("NFKC", name)):
        assert name_key(spelling) == key
    if (result := cleaned(name)) is not None:
        assert name_key(result) == key


@given(st.text(st.characters(codec="ascii", categories=["L", "Nd"]), min_size=1, max_size=32))
def test_case_makes_no_other_name(name: str) -> None:
    assert name_key(name.upper()) == name_key(name.lower()) == name_key(name)
    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Grace", "GRACE"),
        ("Grace", "\uff27\uff32\uff21\uff23\uff25"),
        ("Straße", "STRASSE"),
        ("Zoë", "Zoe\u0308"),
        ("ﬁona", "Fiona"),
        ("Grace Hopper", "grace \u3000 hopper"),
    ],
)
def test_these_are_one_name(one: str, other: str) -> None:
    assert name_key(clean_name(one)) == name_key(clean_name(other))


@pytest.mark.parametrize(
    "name",
    [
        "Ada",
        "O'Neill",
        "J.-P. Sartre",
        "李小龍",
        "Ольга",
        "प्रिया",
        "สมชาย",
        "עִידוֹ",
        "x_X",
        "7",
        "d'Arc 2",
        "Nguyễn Văn",
    ],
)
def test_people_everywhere_can_use_their_names(name: str) -> None:
    assert clean_name(name) == unicodedata.normalize("NFKC", name)


@pytest.mark.parametrize(
    "name",
    [
        *["", " ", "\u3000", "-", "a.", " . ", "'a'", "a" * 33, "\u0301a", "ﷺﷺ"],
        *["a@b", "a\uff20b", "a\x00b", "a\u202eb", "a\u200db", "a\u00adb", "a/b", "<b>", "a;b", "🎵", "a\ud800"],
    ],
)
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(UnusableName):
        clean_name(name)


@given(ANY)
def test_no_name_can_be_taken_for_an_address(name: str) -> None:
    """Both log in, and one column is asked after the other."""
    result = cleaned(name)
    assume(result is not None)
    assert "@" not in name_key(result)
    with pytest.raises(UnusableName):
        clean_email(result)


@given(st.none() | st.sampled_from(["", "  ", "\t"]))
def test_no_address_is_none(email: str | None) -> None:
    assert clean_email(email) is None


@given(st.emails())
def test_addresses_are_taken_as_they_are(email: str) -> None:
    assert clean_email(f" {email} ") == email
    assert name_key(email.upper()) == name_key(email)


@pytest.mark.parametrize(
    "email", ["ada", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", "a\x00@b", "a\n@b", "a@b\x7f", f"a@{'b' * 260}"]
)
def test_what_is_no_address(email: str) -> None:
    with pytest.raises(UnusableName):
        clean_email(email)


@given(st.text(max_size=PASSWORD_MAX + 20))
def test_a_password_is_judged_by_its_length_and_little_else(password: str) -> None:
    assume(len(set(password)) > 2 and not password.isascii())  # what everybody tries is ASCII, or one letter
    if PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        check_password(password, "ada")
    else:
        with pytest.raises(WeakPassword):
            check_password(password, "ada")


@pytest.mark.parametrize(
    "password",
    ["a" * 10, "AAAAAaaaaa", "Password123", "1234567890", "grace hopper", "GRACE HOPPER", "Grace@Example.org", "short"],
)
def test_what_is_no_password(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(password, "Grace Hopper", "grace@example.org")
