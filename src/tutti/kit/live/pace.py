"""How many messages one socket may send: some at once, as when a page opens, and not as many as a machine can."""

from typing import Final

from limits import RateLimitItemPerMinute

from tutti.kit.limits.counting import BoundedMemory, Windows

PATIENCE: Final = 20
"""Messages in a row that are passed over before the socket is closed."""
_ONE: Final = "socket"
_COUNTERS: Final = 2
"""Of the minute that is, and of the one before."""


class TooFast(Exception):
    """The socket was told, and went on."""


class Pace:
    """Counts the messages of one socket; ``per_minute`` 0 is no limit."""

    def __init__(self, per_minute: int) -> None:
        self._limit = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._windows = Windows(BoundedMemory(_COUNTERS))
        self._passed_over = 0

    async def admit(self) -> bool:
        """Count a message; return whether it is taken.

        Raises:
            TooFast: too many in a row were not.
        """
        if self._limit is None or (await self._windows.hit(self._limit, _ONE)).allowed:
            self._passed_over = 0
            return True
        self._passed_over += 1
        if self._passed_over > PATIENCE:
            raise TooFast
        return False

    @property
    def is_news(self) -> bool:
        """Whether the message that was not taken is the first in a row: then the client is told."""
        return self._passed_over == 1
