"""Remembers one answer: the tracks of an album come one after the other, and mostly hold the very same cover."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

T = TypeVar("T")


def remember_last(function: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """Return the function with a memory of its last call: comparing bytes takes a fiftieth of hashing or decoding them.

    An exception is not remembered.
    """
    last: tuple[bytes, T] | None = None

    @wraps(function)
    def remembering(content: bytes) -> T:
        nonlocal last
        kept = last  # one look: another thread may replace it at any time
        if kept is not None and kept[0] == content:
            return kept[1]
        result = function(content)
        last = (content, result)
        return result

    return remembering
