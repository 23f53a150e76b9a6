"""What names, addresses and passwords may be."""

import re
import unicodedata

from tutti.services.accounts.api import PASSWORD_MAX, PASSWORD_MIN, UnusableName, WeakPassword

_NAME_MAX = 32
_BETWEEN = " .'-"
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,253}")
_EMAIL_MAX = 254
_RUN = re.compile(r"^(.)\1*$")
_COMMON = frozenset(
    [
        "password123",
        "password12",
        "passwort123",
        "1234567890",
        "0123456789",
        "12345678910",
        "123456789a",
        "qwertyuiop",
        "qwerty12345",
        "qwertz12345",
        "1q2w3e4r5t",
        "1qaz2wsx3edc",
        "iloveyou123",
        "letmein123",
        "welcome123",
        "administrator",
        "changeme123",
        "abcdefghij",
        "abcdefghijk",
        "asdfghjkl1",
        "zxcvbnm123",
        "password!1",
        "passw0rd123",
        "football123",
        "baseball123",
        "sunshine123",
        "princess123",
        "dragon12345",
        "monkey12345",
        "superman123",
        "trustno1trustno1",
        "musicmusic",
        "musiclover1",
        "tuttitutti",
    ]
)


def clean_name(name: str) -> str:
    """Return ``name`` in the form it is shown in (NFKC, trimmed, single spaces).

    Raises:
        UnusableName: empty, longer than 32, or with characters other than letters, digits, space and ``_.'-``.
    """
    cleaned = _single_spaced(unicodedata.normalize("NFKC", name))
    if not _is_name(cleaned):
        raise UnusableName("A name has 1 to 32 letters or digits; inside it spaces and _ . ' - are fine too.")
    return cleaned


def clean_display_name(name: str) -> str:
    """Return what others see for a name, with single spaces.

    Raises:
        UnusableName: nothing of it can be seen.
    """
    cleaned = _single_spaced(name)
    if not any(unicodedata.category(each)[0] in "LNPS" for each in cleaned):
        raise UnusableName("Nothing of this name can be seen.")
    return cleaned


def name_key(name: str) -> str:
    """Return what two spellings of one name have in common; also for e-mail addresses."""
    return _single_spaced(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()))


def clean_email(email: str | None) -> str | None:
    """Return an e-mail address, trimmed; None for none.

    Raises:
        UnusableName: it is not of the form of one.
    """
    cleaned = (email or "").strip()
    if not cleaned:
        return None
    if len(cleaned) > _EMAIL_MAX or not _EMAIL.fullmatch(cleaned):
        raise UnusableName("This is not an e-mail address.")
    return cleaned


def _single_spaced(text: str) -> str:
    return " ".join(text.split())


def _is_name(text: str) -> bool:
    if not 1 <= len(text) <= _NAME_MAX or not _is_word(text[0]) or text[-1] in _BETWEEN:
        return False
    # Marks: the vowels of Hindi, Thai and Hebrew are marks on the letter before.
    return all(_is_word(each) or each in _BETWEEN or unicodedata.category(each)[0] == "M" for each in text)


def _is_word(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LN"


def check_password(password: str, name: str, email: str | None = None) -> None:
    """Refuse a password that is easily guessed.

    Raises:
        WeakPassword: with what is wrong with it.
    """
    if len(password) < PASSWORD_MIN:
        raise WeakPassword(f"A password has {PASSWORD_MIN} characters or more.", min_length=PASSWORD_MIN)
    if len(password) > PASSWORD_MAX:
        raise WeakPassword(f"A password has {PASSWORD_MAX} characters at the most.", max_length=PASSWORD_MAX)
    folded = password.casefold()
    if _RUN.match(folded) or folded in _COMMON or folded in {name_key(name), name_key(email or "")}:
        raise WeakPassword("This password is among the first that anyone would try.")
