"""A worker process that looks at cover art: size, palette, blurhash."""

from pathlib import Path

import msgspec

from tutti.services.catalog.service.reading.cover_images import (
    CoverInfo,
    UnreadableCover,
    describe_image,
)
from tutti.services.catalog.service.reading.covers import MAX_COVER_BYTES, read_embedded_cover
from tutti.services.catalog.service.reading.track_tags import UnreadableFile
from tutti.services.catalog.service.scanner.frames import serve


class CoverPlace(msgspec.Struct, frozen=True):
    """Where an image lies: in the tags of the file at an absolute path, or as that file."""

    path: str
    embedded: bool


def describe_all(places: list[CoverPlace]) -> list[CoverInfo | None]:
    """Look at every image; None for one that cannot be read or shown."""
    return [_describe(place) for place in places]


def _describe(place: CoverPlace) -> CoverInfo | None:
    try:
        if place.embedded:
            content = read_embedded_cover(place.path)
        else:
            with Path(place.path).open("rb") as file:
                content = file.read(MAX_COVER_BYTES + 1)
        return describe_image(content) if content else None
    except (OSError, UnreadableFile, UnreadableCover):
        return None


def main() -> None:
    """Answer until the other side hangs up."""
    decoder = msgspec.msgpack.Decoder(list[CoverPlace])
    serve(lambda message: msgspec.msgpack.encode(describe_all(decoder.decode(message))))


if __name__ == "__main__":
    main()
