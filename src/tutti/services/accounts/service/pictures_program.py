"""The program of the confined process that decodes an avatar: ``python -m``, see `tutti.kit.confined`."""

import msgspec

from tutti.kit.confined import answer_confined
from tutti.services.accounts.api import NotAnImage
from tutti.services.accounts.service.pictures import Squares, Unusable, make_squares


def answer(message: bytes) -> bytes:
    """Make squares of the image that ``message`` is, or say why not."""
    try:
        found: Squares | Unusable = Squares(make_squares(message))
    except NotAnImage as error:
        found = Unusable(str(error))
    except MemoryError:
        found = Unusable("Decoding the image takes more memory than an avatar should.")
    return msgspec.msgpack.encode(found)


if __name__ == "__main__":
    answer_confined(answer)
