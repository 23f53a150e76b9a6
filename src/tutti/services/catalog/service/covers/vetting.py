"""An image from a stranger is decoded in a process of its own, within limits, and leaves it as a new, plain image."""

import msgspec

from tutti.kit.confined import Limits, Overstepped, ask_confined
from tutti.services.catalog.service.covers.settings import CoverSettings
from tutti.services.catalog.service.covers.vetted import Refused, Vetted
from tutti.services.catalog.service.reading.cover_images import UnreadableCover
from tutti.services.catalog.service.reading.covers import MAX_COVER_BYTES

_PROGRAM = "tutti.services.catalog.service.covers.vetting_program"
_ANSWER_BYTES = MAX_COVER_BYTES + 1024 * 1024
_decoder = msgspec.msgpack.Decoder(Vetted | Refused)


async def vet_image(content: bytes, settings: CoverSettings) -> Vetted:
    """Return the image as WebP without metadata, and what it looks like.

    Raises:
        UnreadableCover: it is no image that can be shown, or decoding it takes more than an image should.
    """
    limits = Limits(
        memory_bytes=settings.decode_memory_bytes,
        cpu_s=settings.decode_cpu_s,
        wall_s=settings.decode_timeout_s,
        output_bytes=_ANSWER_BYTES,
    )
    try:
        found = _decoder.decode(await ask_confined(_PROGRAM, content, limits))
    except Overstepped as error:
        raise UnreadableCover(f"decoding it takes more than an image should: {error}") from error
    if isinstance(found, Refused):
        raise UnreadableCover(found.reason)
    return found
