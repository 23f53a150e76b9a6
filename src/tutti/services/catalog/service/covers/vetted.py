"""An image from a stranger becomes a new, plain one. Blocks, and runs in a confined process only."""

from hashlib import blake2b

import msgspec

from tutti.services.catalog.service.reading.cover_images import (
    CoverInfo,
    UnreadableCover,
    describe_image,
    resize_cover,
)
from tutti.services.catalog.service.reading.reader import COVER_DIGEST_BYTES

MAX_SIDE_PX = 2048
"""Uploads are kept no larger: twice the largest size that is served."""
_QUALITY = 92


class Vetted(msgspec.Struct, frozen=True, tag=True):
    """The image as WebP without metadata, what it looks like, and its id as a cover."""

    id: str
    plain: bytes
    info: CoverInfo


class Refused(msgspec.Struct, frozen=True, tag=True):
    """Why it cannot be shown."""

    reason: str


def vet(content: bytes) -> Vetted | Refused:
    """Decode an image and write it anew."""
    try:
        plain = resize_cover(content, MAX_SIDE_PX, "webp", _QUALITY)
        return Vetted(blake2b(plain, digest_size=COVER_DIGEST_BYTES).hexdigest(), plain, describe_image(plain))
    except UnreadableCover as error:
        return Refused(error.reason)
    except MemoryError:
        return Refused("decoding it takes more memory than an image should")
