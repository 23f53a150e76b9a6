"""Whether an Ogg file is one stream or several behind each other (RFC 3533)."""

import mmap
import os

_BEGINS_STREAM = 0x02
_PAGE_HEAD_BYTES = 27
_NEW_STREAM = b"OggS\0\x02"


def is_chained(path: str) -> bool:
    """Tell whether another stream begins behind the first, which starts time anew.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - the path may be any that the system takes
        if os.fstat(file.fileno()).st_size < _PAGE_HEAD_BYTES:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(_NEW_STREAM, _behind_beginnings(content)) >= 0


def _behind_beginnings(content: mmap.mmap) -> int:
    """Return where the first page is that begins no stream; those that do stand together at the front."""
    at = 0
    while (
        content[at : at + 4] == b"OggS" and at + _PAGE_HEAD_BYTES <= len(content) and content[at + 5] & _BEGINS_STREAM
    ):
        segments = content[at + 26]
        at += _PAGE_HEAD_BYTES + segments + sum(content[at + _PAGE_HEAD_BYTES : at + _PAGE_HEAD_BYTES + segments])
    return at
