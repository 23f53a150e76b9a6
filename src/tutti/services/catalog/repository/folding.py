"""Text folded the same way for both databases, so that neither's collation nor its tokenizer decides what matches."""

import re
import unicodedata

# Marks that languages add to Latin, Greek and Cyrillic letters. Vowel signs of other scripts are marks too, but they
# make another word, so they stay.
_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u2060-\u2064\ufeff\ud800-\udfff]+")
# Letters that carry a stroke or are two in one: Unicode does not take these apart.
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_QUOTES_AND_DASHES = str.maketrans(
    {**dict.fromkeys("‘’‚‛ʼʹ′`´", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–—―−﹘－", "-")}
)
# Scripts written without spaces: each character is a word of its own.
_UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)

MAX_WORD_LENGTH = 60
_MAX_BODY_WORDS = 100
_ASCII_WORD = re.compile("[0-9a-z]+")


def unify(text: str) -> str:
    """Drop control characters, zero widths and lone surrogates; collapse spaces, unify quotes and dashes."""
    if text.isascii():
        return _unify_ascii(text)
    seen = text if text.isprintable() else _UNSEEN.sub("", text)
    return " ".join(seen.translate(_QUOTES_AND_DASHES).split())


def _unify_ascii(text: str) -> str:
    seen = text if text.isprintable() else _UNSEEN.sub("", text)
    return " ".join(seen.replace("`", "'").split())


def fold(text: str) -> str:
    """Fold case, accents, width and stroke letters: ``"Sigur  Rós"`` becomes ``"sigur ros"``."""
    if text.isascii():  # most names: nothing to take apart
        return _unify_ascii(text).casefold()
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", unify(text)).casefold())
    if plain.isascii():  # most of the others
        return _unify_ascii(plain)
    return unify(_ACCENTS.sub("", unicodedata.normalize("NFKD", plain)).translate(_PLAIN_LETTERS))


def words(text: str) -> list[str]:
    """Split folded ``text`` into the words that search knows: runs of letters, digits and the marks on them.

    A name of signs alone (*!!!*) becomes one word that spells their code points, so that it can be found too.
    """
    if text.isascii() and text.isprintable():  # most names: nothing to fold but case
        found = _ASCII_WORD.findall(text.replace("'", "").replace("`", "").lower())
        if found:
            return found
    folded = unicodedata.normalize("NFC", fold(text))
    joined = folded.replace("'", "")
    found = _ASCII_WORD.findall(joined) if joined.isascii() else _words_of_any_script(joined)
    if found or not folded:
        return found
    return ["".join(f"sign{ord(c):x}" for c in folded if c != " ")]


def body_of(text: str) -> str:
    """Fold a text into the words that it is found by, each once."""
    return " ".join(word[:MAX_WORD_LENGTH] for word in list(dict.fromkeys(words(text)))[:_MAX_BODY_WORDS])


class _Parting(dict[int, str]):
    """What becomes of a character when words are parted, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if not character.isalnum() and unicodedata.category(character)[0] != "M":
            self[code] = " "
        else:
            self[code] = f" {character} " if _UNSPACED.match(character) else character
        return self[code]


_parting = _Parting()


def _words_of_any_script(folded: str) -> list[str]:
    return folded.translate(_parting).split()
