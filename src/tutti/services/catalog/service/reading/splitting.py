"""Takes one text apart into the names in it: "A; B", "A / B", "A feat. B", but never "AC/DC"."""

import re
from collections.abc import Iterable
from functools import lru_cache

from tutti.services.catalog.service.reading.track_tags import TagRules

# White space from its beginning: tried at every place inside it, a long run would cost the square of its length.
_GAP = r"(?<!\s)\s+"


class Splitter:
    """The compiled form of `TagRules`; get it from `splitter_for`."""

    def __init__(self, rules: TagRules) -> None:
        self._artists = _separator_pattern(rules.artist_separators, rules.exceptions)
        # ID3 before 2.4 joins artists with a bare slash (id3v2.3.0 §4.2.1, TPE1).
        self._slashed = _separator_pattern((*rules.artist_separators, "/"), rules.exceptions)
        self._genres = _separator_pattern(rules.genre_separators, rules.exceptions)
        words = "|".join(re.escape(word) for word in sorted(rules.featuring_words, key=len, reverse=True))
        none = r"(?!)"
        self._featuring = re.compile(rf"{_GAP}(?:{words})\s+" if words else none, re.IGNORECASE)
        self._bracketed = re.compile(
            rf"(?<!\s)\s*[(\[]\s*(?:{words})\s+([^()\[\]]+)[)\]]" if words else none, re.IGNORECASE
        )

    def split_artists(self, value: str, *, slash_lists: bool = False) -> list[str]:
        """Return the names in an artist text, each once, in order; empty if there is none."""
        return [*_split(value, self._slashed if slash_lists else self._artists)]

    def split_genres(self, value: str) -> list[str]:
        """Return the genres in a text, each once, in order; empty if there is none."""
        return [*_split(value, self._genres)]

    def split_featuring(self, value: str) -> tuple[str, str | None]:
        """Return an artist text without its guests, and the guests ("A feat. B", "A (feat. B)") or None."""
        bracketed = self._bracketed.search(value)
        if bracketed is not None:
            return (value[: bracketed.start()] + value[bracketed.end() :]).strip(), bracketed[1].strip() or None
        bare = self._featuring.search(value)
        if bare is None:
            return value, None
        return value[: bare.start()].strip(), value[bare.end() :].strip() or None

    def guests_in_title(self, title: str) -> str | None:
        """Return whom a title names as guests in brackets: "Song (feat. B)"; None if nobody."""
        match = self._bracketed.search(title)
        return match[1].strip() or None if match else None


@lru_cache(maxsize=16)
def splitter_for(rules: TagRules) -> Splitter:
    """Return the splitter for these rules, compiled once per process."""
    return Splitter(rules)


def unique(names: Iterable[str]) -> list[str]:
    """Return the names without repetitions (case does not matter), first ones kept, in order."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    return list(first.values())


def _separator_pattern(separators: Iterable[str], exceptions: Iterable[str]) -> re.Pattern[str]:
    """Matches an exception (no group) or a separator (group 1), whichever comes first in the text."""
    kept = "|".join(re.escape(name) for name in sorted(exceptions, key=len, reverse=True) if name.strip())
    split_at = "|".join(_separator(text) for text in sorted(set(separators), key=len, reverse=True) if text.strip())
    protected = rf"(?<!\w)(?:{kept})(?!\w)|" if kept else ""
    return re.compile(rf"{protected}({split_at or '(?!)'})", re.IGNORECASE)


def _separator(text: str) -> str:
    before = _GAP if text[0].isspace() else ""
    after = r"\s+" if text[-1].isspace() else ""
    return before + re.escape(text.strip()) + after


@lru_cache(maxsize=1024)  # an album's files repeat their artists and genres
def _split(value: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    parts: list[str] = []
    start = 0
    for match in pattern.finditer(value):
        if match[1] is not None:
            parts.append(value[start : match.start()])
            start = match.end()
    if not parts:
        value = value.strip()
        return (value,) if value else ()
    parts.append(value[start:])
    return tuple(unique(part for raw in parts if (part := raw.strip())))
