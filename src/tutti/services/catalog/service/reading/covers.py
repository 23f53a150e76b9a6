"""Cover art as it comes: where to find it, beside the tracks or inside them."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from tutti.services.catalog.service.reading.audio_file import AudioFile
from tutti.services.catalog.service.reading.reader import read_container

MAX_COVER_BYTES = 32 * 1024 * 1024
# In order of preference; a scan of a front cover before one of a whole folder.
_STEMS = ("cover", "folder", "front", "album", "albumart")
_EXTENSIONS = ("jpg", "jpeg", "png", "webp", "gif")
_NAME = re.compile(rf"({'|'.join(_STEMS)})\.({'|'.join(_EXTENSIONS)})", re.IGNORECASE)


def find_folder_cover(names: Iterable[str]) -> str | None:
    """Return the image, among the file names of a folder, that is its cover: `cover.jpg`, `Folder.PNG`, …; or None."""
    found = [(_rank(match), name) for name in names if (match := _NAME.fullmatch(name))]
    return min(found)[1] if found else None


def read_embedded_cover(path: Path | str) -> bytes | None:
    """Return the front cover inside an audio file as it stands there, else its first picture, or None if it holds none.

    Raises UnreadableFile as `read_file` does. The bytes may be anything: `cover_images` looks at them.
    """
    with AudioFile(os.fspath(path)) as file:
        return read_container(file).raw.front_cover()


def _rank(match: re.Match[str]) -> tuple[int, int]:
    return _STEMS.index(match[1].lower()), _EXTENSIONS.index(match[2].lower())
