"""A worker process: reads files and says what to write of them, one chunk at a time, over its standard streams.

A program of its own (``python -m``) rather than a process pool's: it imports the reader and nothing else (a third of
the server's memory), and one that dies or hangs takes nothing along.
"""

from functools import lru_cache
from hashlib import blake2b

import msgspec

from tutti.services.catalog.repository.scanned import BadFile, ScannedCover, ScannedFile
from tutti.services.catalog.service.reading.covers import MAX_COVER_BYTES
from tutti.services.catalog.service.reading.reader import COVER_DIGEST_BYTES, read_file
from tutti.services.catalog.service.reading.track_tags import TagRules, UnreadableFile
from tutti.services.catalog.service.scanner.frames import serve
from tutti.services.catalog.service.scanner.shaping import shape
from tutti.services.catalog.service.scanner.walk import FoundFile


class ToRead(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A file to be read; ``cover_name`` is the image beside it."""

    folder: str
    file: FoundFile
    cover_name: str | None

    @property
    def path(self) -> str:
        """Relative to the library."""
        return f"{self.folder}/{self.file[0]}" if self.folder else self.file[0]


class Chunk(msgspec.Struct, frozen=True):
    """Files of one library to be read in one go."""

    root: str
    rules: TagRules
    files: list[ToRead]


class ReadFiles(msgspec.Struct, frozen=True):
    """What came of a chunk; both keep its order."""

    good: list[ScannedFile]
    bad: list[BadFile]


def read_chunk(chunk: Chunk) -> ReadFiles:
    """Read every file of a chunk; one that cannot be read is bad, and the others go on."""
    done = ReadFiles([], [])
    for each in chunk.files:
        try:
            done.good.append(_read(each, chunk))
        except UnreadableFile as error:
            done.bad.append(bad_file(each, error.reason))
    return done


def _read(each: ToRead, chunk: Chunk) -> ScannedFile:
    path = f"{chunk.root}/{each.path}"
    _, _, _, lyrics_stamp = each.file
    tags = read_file(path, chunk.rules, library_root=chunk.root, lyrics_beside=lyrics_stamp is not None)
    return shape(each.folder, each.file, tags, _folder_cover(chunk.root, each))


def bad_file(each: ToRead, reason: str) -> BadFile:
    """Say why a file cannot be taken in."""
    _, size_bytes, mtime_ns, _ = each.file
    return BadFile(path=each.path, size_bytes=size_bytes, mtime_ns=mtime_ns, reason=reason)


def _folder_cover(root: str, each: ToRead) -> ScannedCover | None:
    if each.cover_name is None:
        return None
    path = f"{each.folder}/{each.cover_name}" if each.folder else each.cover_name
    digest = _digest_of(f"{root}/{path}")
    return ScannedCover(digest, path, embedded=False) if digest else None


@lru_cache(maxsize=1)  # an album's files come one after the other
def _digest_of(path: str) -> str | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - called for every album of a scan
            content = file.read(MAX_COVER_BYTES + 1)
    except OSError:
        return None
    if not content or len(content) > MAX_COVER_BYTES:
        return None
    return blake2b(content, digest_size=COVER_DIGEST_BYTES).hexdigest()


def main() -> None:
    """Answer chunks until the other side hangs up."""
    decoder = msgspec.msgpack.Decoder(Chunk)
    encoder = msgspec.msgpack.Encoder()

    def answer(message: bytes) -> bytes:
        _digest_of.cache_clear()
        return encoder.encode(read_chunk(decoder.decode(message)))

    serve(answer)


if __name__ == "__main__":
    main()
