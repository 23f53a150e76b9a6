"""The program of the confined process that reads an upload: ``python -m``, see `tutti.kit.confined`."""

import msgspec

from tutti.kit.confined import answer_confined
from tutti.services.catalog.service.uploads.reading import UploadToRead, read_upload


def answer(message: bytes) -> bytes:
    """Read the file that ``message`` names."""
    return msgspec.msgpack.encode(read_upload(msgspec.msgpack.decode(message, type=UploadToRead)))


if __name__ == "__main__":
    answer_confined(answer)
