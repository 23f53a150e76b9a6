"""The identity of a file's audio: a hash that re-tagging does not change (docs/decisions/0005-track-identity.md).

It covers the length of the tag-free bytes and three windows of them, so that its cost does not grow with the file.
Where the format holds a hash of all samples of its own (FLAC), that is used.
"""

from collections.abc import Iterable
from hashlib import blake2b

from tutti.services.catalog.service.reading.audio_file import AudioFile

WINDOW_BYTES = 4096
FINGERPRINT_BYTES = 16
# Part of the hash: a change of the scheme must give other fingerprints than before, never the same for other audio.
_SCHEME = b"tutti audio 1"

Span = tuple[int, int]


def fingerprint_parts(kind: str, parts: Iterable[bytes]) -> str:
    """Return the fingerprint (32 hex digits) of what identifies the audio. `kind` keeps formats apart."""
    hasher = blake2b(digest_size=FINGERPRINT_BYTES, person=_SCHEME)
    hasher.update(kind.encode("ascii"))
    for part in parts:
        hasher.update(len(part).to_bytes(8, "big"))
        hasher.update(part)
    return hasher.hexdigest()


def fingerprint_spans(file: AudioFile, kind: str, spans: list[Span]) -> str:
    """Return the fingerprint of audio that lies in these (offset, length) pieces of the file, taken as one."""
    total = sum(length for _, length in spans)
    starts = sorted({0, max(0, (total - WINDOW_BYTES) // 2), max(0, total - WINDOW_BYTES)})
    windows = [_read_across(file, spans, start, WINDOW_BYTES) for start in starts]
    return fingerprint_parts(kind, [total.to_bytes(8, "big"), *windows])


def _read_across(file: AudioFile, spans: list[Span], start: int, length: int) -> bytes:
    """Bytes `start` to `start + length` of the pieces' concatenation."""
    if len(spans) == 1:
        offset, size = spans[0]
        return file.read(offset + start, min(length, size - start))
    found: list[bytes] = []
    for offset, size in spans:
        if start < size and length > 0:
            piece = file.read(offset + start, min(length, size - start))
            found.append(piece)
            length -= len(piece)
            start = 0
        else:
            start -= size
    return b"".join(found)
