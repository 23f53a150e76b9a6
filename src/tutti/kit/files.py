"""Walking through folders that others change meanwhile."""

import os
from collections.abc import Iterator
from pathlib import Path


def files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in no order; what goes meanwhile is left out, as is a folder that is not there.

    ``Path.rglob`` fails at a folder that goes between its being found and its being opened, and passes over one that
    may not be read without a word.

    Raises:
        OSError: a folder cannot be read.
    """
    for place, _, names in os.walk(folder, onerror=_unless_gone):
        yield from (Path(place) / name for name in names)


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
