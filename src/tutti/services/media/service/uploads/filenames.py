"""Names of files as people see them; none of them ever names a file here."""

import re
import unicodedata
from pathlib import PurePosixPath

from tutti.services.media.api import FilenameUnusable

MAX_LENGTH = 255
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_JOINERS = "\u200c\u200d"
"""Cf as well, and needed to write Persian and Indic names."""
_SPACES = re.compile(r"\s+")


def clean_filename(given: str) -> str:
    """Return the last part of a path, composed (NFC), without what cannot be seen, of `MAX_LENGTH` at the most.

    What is cut off is cut before the ending, which says the format.

    Raises:
        FilenameUnusable: nothing is left.
    """
    spaced = _SPACES.sub(" ", given)
    seen = "".join(c for c in spaced if unicodedata.category(c) not in _INVISIBLE or c in _JOINERS)
    # What was parted by something unseen has come together.
    whole = _SPACES.sub(" ", unicodedata.normalize("NFC", seen))
    name = re.split(r"[/\\]", whole)[-1].strip(" .")
    if not name:
        raise FilenameUnusable("This file needs a name, such as “Song.flac”.")
    ending = PurePosixPath(name).suffix
    if len(name) <= MAX_LENGTH or len(ending) >= MAX_LENGTH:
        return name[:MAX_LENGTH].rstrip(" .")
    return name[: MAX_LENGTH - len(ending)].rstrip() + ending


def extension_of(filename: str) -> str:
    """Return the ending of a name, lower case, without its dot; empty if it has none."""
    return PurePosixPath(filename).suffix.removeprefix(".").lower()
