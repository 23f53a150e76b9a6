"""Which try of its event a handler is: so that it can end for good what the log would give up."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class _Attempt(NamedTuple):
    number: int
    limit: int


_attempt: ContextVar[_Attempt | None] = ContextVar("event_attempt", default=None)


@contextmanager
def counting(number: int, limit: int) -> Generator[None, None, None]:
    """Let the block be try ``number``, counted from 1, of at most ``limit``."""
    token = _attempt.set(_Attempt(number, limit))
    try:
        yield
    finally:
        _attempt.reset(token)


def attempt_number() -> int:
    """Which try of its event the running handler is, counted from 1; 1 outside of handlers."""
    attempt = _attempt.get()
    return 1 if attempt is None else attempt.number


def is_last_attempt() -> bool:
    """Whether the log gives up the event when the running handler fails; False outside of handlers."""
    attempt = _attempt.get()
    return attempt is not None and attempt.number >= attempt.limit
