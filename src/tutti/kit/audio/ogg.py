"""The links of a chained Ogg file: streams behind each other, each of which counts time from nought (RFC 3533)."""

import mmap
import os

_BEGINS_STREAM = 0x02
_PAGE_HEAD_BYTES = 27
_NEW_STREAM = b"OggS\0\x02"
_MOST_STREAMS = 64
"""Beside each other in a link; a file may consist of beginnings alone."""


def find_links(path: str, most: int) -> list[tuple[int, int]]:
    """Return where each link begins and ends, in bytes; one for a file that is not chained, none for an empty one.

    Of more than ``most`` links the first ``most + 1`` are returned, the last of which has all that follows.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - the path may be any that the system takes
        size_bytes = os.fstat(file.fileno()).st_size
        if size_bytes < _PAGE_HEAD_BYTES:
            return []
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            begins = [0]
            while (
                len(begins) <= most and (at := content.find(_NEW_STREAM, _behind_beginnings(content, begins[-1]))) >= 0
            ):
                begins.append(at)
    return list(zip(begins, [*begins[1:], size_bytes], strict=True))


def is_chained(path: str) -> bool:
    """Tell whether a file is Ogg, and of several links.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - as above
        if file.read(4) != b"OggS":
            return False
    return len(find_links(path, 1)) > 1


def _behind_beginnings(content: mmap.mmap, at: int) -> int:
    """Return where the first page is that begins no stream; those that do stand together at the front of a link."""
    for _ in range(_MOST_STREAMS):
        head = content[at : at + _PAGE_HEAD_BYTES]
        if len(head) < _PAGE_HEAD_BYTES or not head.startswith(b"OggS") or not head[5] & _BEGINS_STREAM:
            break
        lacing = content[at + _PAGE_HEAD_BYTES : at + _PAGE_HEAD_BYTES + head[26]]
        at += _PAGE_HEAD_BYTES + len(lacing) + sum(lacing)
    return at
