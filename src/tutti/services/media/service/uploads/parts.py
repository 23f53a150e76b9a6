"""The arithmetic of uploads in parts."""

from collections.abc import Iterator

from tutti.kit.storage import Part
from tutti.services.media.api import PartOutOfRange
from tutti.services.media.api.uploads import MAX_PART_NUMBER
from tutti.services.media.repository.uploads import UploadRow
from tutti.services.media.service.uploads.settings import UploadsSettings


def part_bytes_for(settings: UploadsSettings, size_bytes: int) -> int | None:
    """Return the size of the parts of a file; None where it comes in one piece."""
    if size_bytes < settings.multipart_from_bytes:
        return None
    return max(settings.part_bytes, -(-size_bytes // MAX_PART_NUMBER))


def count_parts(upload: UploadRow) -> int | None:
    """Return how many parts an upload has; None where it comes in one piece."""
    return None if upload.part_bytes is None else -(-upload.size_bytes // upload.part_bytes)


def part_of(upload: UploadRow, number: int) -> Part:
    """Return a part of an upload.

    Raises:
        PartOutOfRange: there is none of this number.
    """
    count = count_parts(upload)
    if upload.part_bytes is None or count is None:
        raise PartOutOfRange("This upload comes in one piece; send it to its address.")
    if not 1 <= number <= count:
        raise PartOutOfRange(f"This upload has the parts 1 to {count}.")
    return Part(number, min(upload.part_bytes, upload.size_bytes - offset_of(upload, number)))


def offset_of(upload: UploadRow, number: int) -> int:
    """Return where a part begins in the file, in bytes."""
    return (number - 1) * (upload.part_bytes or 0)


def every_part(upload: UploadRow) -> Iterator[Part]:
    """Yield the parts that an upload consists of."""
    yield from (part_of(upload, number) for number in range(1, (count_parts(upload) or 0) + 1))
