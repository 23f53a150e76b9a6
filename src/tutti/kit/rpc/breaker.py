"""A circuit breaker: leaves a peer alone that does not answer, until a single call finds that it does again."""

import enum
import time
from collections.abc import Callable


class State(enum.IntEnum):
    """What happens to a call; the numbers stand in the metrics."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Pass:
    """Allows one call, which says by it how it ended."""

    __slots__ = ("round",)

    def __init__(self, number: int) -> None:
        self.round = number


class Breaker:
    """Of one peer.

    It opens once ``failures`` calls failed in a row and no answer came for ``run_s`` seconds or more: one connection
    that breaks fails every call on it at once, which says nothing of the other copies. After ``open_s``
    seconds one call may try; its end closes the breaker, or opens it for as long again. How calls end that began
    before a change of state no longer matters.
    """

    def __init__(
        self,
        failures: int,
        run_s: float,
        open_s: float,
        *,
        changed: Callable[[State], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures = failures
        self._run_s = run_s
        self._open_s = open_s
        self._changed = changed
        self._clock = clock
        self._state = State.CLOSED
        self._round = 0
        self._in_a_row = 0
        self._failing_since = 0.0
        self._opened_at = 0.0

    @property
    def state(self) -> State:
        """What the next call would find, the time left aside."""
        return self._state

    def admit(self) -> Pass | None:
        """Let a call begin, or return None: the peer is to be left alone."""
        present = self._clock()
        if self._state is State.HALF_OPEN or (self._state is State.OPEN and present - self._opened_at < self._open_s):
            return None
        if self._state is State.OPEN:
            self._enter(State.HALF_OPEN)
        return Pass(self._round)

    def succeeded(self, admitted: Pass) -> None:
        """Hear that the peer answered a call, whatever it said."""
        if admitted.round == self._round:
            self._in_a_row = 0
            if self._state is State.HALF_OPEN:
                self._enter(State.CLOSED)

    def failed(self, admitted: Pass, since: float) -> None:
        """Hear that the peer did not answer a call, for all that is known since the time ``since``."""
        if admitted.round != self._round:
            return
        self._failing_since = min(since, self._failing_since) if self._in_a_row else since
        self._in_a_row += 1
        if self._state is State.HALF_OPEN or self._has_failed_enough():
            self._opened_at = self._clock()
            self._enter(State.OPEN)

    def abandoned(self, admitted: Pass) -> None:
        """Hear that a call ended before the peer could show anything, because its caller went away."""
        if admitted.round == self._round and self._state is State.HALF_OPEN:
            self._enter(State.OPEN)  # and not anew: the next call may try

    def _has_failed_enough(self) -> bool:
        return self._in_a_row >= self._failures and self._clock() - self._failing_since >= self._run_s

    def _enter(self, state: State) -> None:
        self._state = state
        self._round += 1
        self._in_a_row = 0
        self._changed(state)
