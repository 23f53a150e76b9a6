"""How long the work at hand may still take: calls made while serving one get no more time than that has left."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar


class Deadline:
    """Of one piece of work; tasks started inside it share it, and may outlive it."""

    __slots__ = ("at", "over")

    def __init__(self, at: float) -> None:
        self.at = at
        self.over = False

    def put_off(self, seconds: float) -> None:
        """Let it be ``seconds`` from now."""
        self.at = time.monotonic() + seconds


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def begin(seconds: float) -> Deadline:
    """Set the deadline of this task, which serves one call and nothing else; set ``over`` at its end."""
    deadline = Deadline(time.monotonic() + seconds)
    _current.set(deadline)
    return deadline


@contextmanager
def within(seconds: float) -> Generator[Deadline, None, None]:
    """Let every call made in the block end within ``seconds`` from now, or sooner where less is left already.

    The block gets the deadline, to put it off or to end it early. Tasks that are started in the block are bound by it
    until it ends; what they do later is not.
    """
    present = time.monotonic()
    left = remaining_s()
    deadline = Deadline(present + (seconds if left is None else min(seconds, left)))
    token = _current.set(deadline)
    try:
        yield deadline
    finally:
        deadline.over = True
        _current.reset(token)


def remaining_s() -> float | None:
    """Return the seconds that are left, 0 or less once they are used up; None where no deadline was set."""
    deadline = _current.get()
    return None if deadline is None or deadline.over else deadline.at - time.monotonic()
