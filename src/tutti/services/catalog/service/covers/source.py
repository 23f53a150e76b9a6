"""The image itself, as it lies in a library. Blocking: for a thread."""

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from tutti.services.catalog.repository.covers import Place
from tutti.services.catalog.service.reading.covers import MAX_COVER_BYTES, read_embedded_cover
from tutti.services.catalog.service.reading.reader import COVER_DIGEST_BYTES
from tutti.services.catalog.service.reading.track_tags import UnreadableFile


def digest(content: bytes) -> str:
    """Return the id of the cover that these bytes are."""
    return blake2b(content, digest_size=COVER_DIGEST_BYTES).hexdigest()


def read_first(places: Iterable[Place], cover_id: str) -> tuple[Place, bytes] | None:
    """Return the first place that still holds this very image, and the image; None where none does."""
    for place in places:
        content = _read(place)
        if content is not None and digest(content) == cover_id:
            return place, content
    return None


def _read(place: Place) -> bytes | None:
    if place.root is None:
        return None
    path = Path(place.root) / place.path
    try:
        if place.embedded:
            return read_embedded_cover(path)
        return path.read_bytes() if path.stat().st_size <= MAX_COVER_BYTES else None
    except (OSError, UnreadableFile):  # moved, deleted or replaced since the last scan
        return None
