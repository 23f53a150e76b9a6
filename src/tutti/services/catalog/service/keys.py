"""Keys made of names: one to sort by, one that says whether two names mean the same."""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

from tutti.services.catalog.repository.folding import fold, unify

ARTICLES = ("the", "a", "an", "der", "die", "das", "le", "la", "les", "l'", "el", "los", "las", "il", "lo", "gli")
"""Leading words that lists skip; one that ends in an apostrophe needs no space after it."""

# A PostgreSQL index row holds 2,704 bytes; two keys of four bytes a character and an id must fit.
MAX_LENGTH = 200
_DIGEST_LENGTH = 32
_REMEMBERED = 4096  # an album names the same few people and genres on every track, and a library many of them again
_LEADING_SIGNS = re.compile(r"^\W+(?=\w)")


@lru_cache(maxsize=_REMEMBERED)
def sort_key(text: str, articles: tuple[str, ...] = ARTICLES) -> str:
    """Return what ``text`` sorts by: case, accents, leading signs and a leading article do not count.

    Keys compare by code point, in Python as in both databases. ``"The Beatles"`` and ``"Béatles"`` sort alike.
    """
    key = _LEADING_SIGNS.sub("", fold(text))
    for article in articles:
        rest = key.removeprefix(article if article.endswith("'") else f"{article} ")
        if rest != key and rest.strip():
            key = _LEADING_SIGNS.sub("", rest.strip())
            break
    return key[:MAX_LENGTH].rstrip()


@lru_cache(maxsize=_REMEMBERED)
def name_key(text: str) -> str:
    """Return the identity of a name: case, width, spacing and the shape of quotes and dashes do not count.

    Accents and articles do: *Blümchen* is not *Blumchen*, and *The Band* is not *Band*. A very long name keeps its
    beginning and gets a digest of all of it.
    """
    key = unify(text).casefold() if text.isascii() else _compatible(text)
    if len(key) <= MAX_LENGTH:
        return key
    digest = blake2b(key.encode(), digest_size=_DIGEST_LENGTH // 2).hexdigest()
    return f"{key[: MAX_LENGTH - _DIGEST_LENGTH - 1]}#{digest}"


def _compatible(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unify(text)).casefold()
    return unify(unicodedata.normalize("NFKC", folded))
