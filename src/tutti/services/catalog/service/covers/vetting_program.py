"""The program of the confined process that decodes an image: ``python -m``, see `tutti.kit.confined`."""

import msgspec

from tutti.kit.confined import answer_confined
from tutti.services.catalog.service.covers.vetted import vet


def answer(message: bytes) -> bytes:
    """Vet the image that ``message`` is."""
    return msgspec.msgpack.encode(vet(message))


if __name__ == "__main__":
    answer_confined(answer)
