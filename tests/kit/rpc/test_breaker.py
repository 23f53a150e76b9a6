"""The breaker, against what it promises: any order of calls, ends and pauses."""

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from tutti.kit.rpc.breaker import Breaker, Pass, State

FAILURES, RUN_S, OPEN_S = 3, 1.0, 5.0


class Breaking(RuleBasedStateMachine):
    """Keeps the history of calls, and tells from it alone what the breaker has to do."""

    admitted = Bundle("admitted")

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.changes: list[State] = []
        self.breaker = Breaker(FAILURES, RUN_S, OPEN_S, changed=self.changes.append, clock=lambda: self.now)
        self.failed_in_a_row: list[float] = []
        self.under_way: dict[Pass, int] = {}
        self.opened_at = 0.0

    def after(self, before: State) -> None:
        if self.breaker.state is not before:
            assert self.changes[-1] is self.breaker.state
            self.failed_in_a_row = []

    @rule(seconds=st.floats(0, 2 * OPEN_S))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=admitted)
    def ask(self) -> Pass | None:
        before = self.breaker.state
        admitted = self.breaker.admit()
        if before is State.CLOSED:
            assert admitted is not None
            assert self.breaker.state is State.CLOSED
        elif before is State.HALF_OPEN:
            assert admitted is None, "a second call tried the peer at once"
        elif admitted is None:
            assert self.now - self.opened_at < OPEN_S, "the peer was left alone for too long"
        else:
            assert self.now - self.opened_at >= OPEN_S, "the peer was not left alone"
            assert self.breaker.state is State.HALF_OPEN
        self.after(before)
        if admitted is not None:
            self.under_way[admitted] = len(self.changes)
        return admitted

    @rule(admitted=consumes(admitted))
    def succeed(self, admitted: Pass | None) -> None:
        before, counts = self.take(admitted)
        if admitted is None:
            return
        self.breaker.succeeded(admitted)
        if counts:
            assert self.breaker.state is State.CLOSED
            self.failed_in_a_row = []
        else:
            assert self.breaker.state is before, "a call of an earlier time changed something"
        self.after(before)

    @rule(admitted=consumes(admitted), seconds=st.floats(0, 2 * RUN_S))
    def fail(self, admitted: Pass | None, seconds: float) -> None:
        before, counts = self.take(admitted)
        if admitted is None:
            return
        since = self.now - seconds
        self.breaker.failed(admitted, since)
        if not counts:
            assert self.breaker.state is before
            return
        self.failed_in_a_row.append(since)
        enough = len(self.failed_in_a_row) >= FAILURES and self.now - min(self.failed_in_a_row) >= RUN_S
        opens = before is State.HALF_OPEN or enough
        assert self.breaker.state is (State.OPEN if opens else State.CLOSED)
        if opens:
            self.opened_at = self.now
        self.after(before)

    @rule(admitted=consumes(admitted))
    def abandon(self, admitted: Pass | None) -> None:
        before, counts = self.take(admitted)
        if admitted is None:
            return
        self.breaker.abandoned(admitted)
        trial = counts and before is State.HALF_OPEN
        assert self.breaker.state is (State.OPEN if trial else before)
        self.after(before)

    def take(self, admitted: Pass | None) -> tuple[State, bool]:
        """The state before the call ended, and whether it began in it."""
        began = self.under_way.pop(admitted) if admitted is not None else -1
        return self.breaker.state, began == len(self.changes)

    @invariant()
    def a_half_open_breaker_waits_for_one_call(self) -> None:
        trials = [admitted for admitted, began in self.under_way.items() if began == len(self.changes)]
        if self.breaker.state is State.HALF_OPEN:
            assert len(trials) == 1
        if self.breaker.state is State.OPEN:
            assert trials == []


TestBreaker = Breaking.TestCase
