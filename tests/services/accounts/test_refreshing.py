"""Refresh tokens against a model: whatever thieves, tabs, time and restarts do, it says who is let in."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from services.accounts.front_door import CHEAP, Clock, FrontDoor, clock_of_the_test, opened
from support.people import PASSWORD
from tutti.kit.auth import CLOCK_SKEW_S, InvalidToken
from tutti.kit.db import Database, open_database
from tutti.kit.ids import new_id
from tutti.kit.settings import Base
from tutti.services.accounts.api import Login, RefreshRefused, SessionNotFound, Tokens
from tutti.services.accounts.repository.sessions import list_sessions
from tutti.services.accounts.service.tokens import new_secret

LIFETIME = timedelta(seconds=600)
GRACE = timedelta(seconds=10)
IDLE, LONGEST = timedelta(days=2), timedelta(days=5)
SECOND = timedelta(seconds=1)
# Around each limit, and not on the one that the authenticator remembers a token by.
STEPS = (SECOND, GRACE, GRACE + SECOND, LIFETIME / 2, LIFETIME, timedelta(hours=13), IDLE - SECOND, IDLE)
SETTINGS = msgspec.structs.replace(
    CHEAP,
    access_token_s=int(LIFETIME.total_seconds()),
    refresh_grace_s=int(GRACE.total_seconds()),
    session_idle_days=IDLE.days,
    session_days=LONGEST.days,
)
STRANGER, HOME = "198.51.100.1", "192.0.2.1"


@dataclass
class Expected:
    """What the model knows of a session; ``chain`` holds its refresh tokens, the newest last."""

    id: str
    created_at: datetime
    expires_at: datetime
    chain: list[str]
    used_at: list[datetime] = field(default_factory=list[datetime])
    access: list[tuple[str, datetime]] = field(default_factory=list[tuple[str, datetime]])
    ended: bool = False


class Refreshing(RuleBasedStateMachine):
    """Everything that may happen to the sessions of one user."""

    runner: asyncio.Runner
    db: Database
    folder: Path
    clock: Clock

    def __init__(self) -> None:
        super().__init__()
        self.door = self.runner.run(opened(FrontDoor(self.db, self.folder, SETTINGS)))
        self.user = self.runner.run(self.door.add_user(f"u{new_id()}"))
        self.known: list[Expected] = []

    def alive(self, session: Expected) -> bool:
        return not session.ended and session.expires_at > self.clock.now

    def keep_access(self, session: Expected, granted: list[Tokens]) -> None:
        session.access += [(tokens.access_token, self.clock.now + LIFETIME) for tokens in granted]

    @rule()
    def log_in(self) -> None:
        tokens = self.runner.run(self.door.sessions.log_in(Login(self.user.name, PASSWORD), HOME, ""))
        session = Expected(
            self.door.auth.check_token(tokens.access_token).session_id,
            self.clock.now,
            self.clock.now + IDLE,
            [tokens.refresh_token],
        )
        self.known.append(session)
        self.keep_access(session, [tokens])

    @precondition(lambda self: self.known)
    @rule(data=st.data(), at_once=st.integers(1, 3))
    def refresh_with_the_newest(self, data: st.DataObject, at_once: int) -> None:
        session = data.draw(st.sampled_from(self.known))
        granted = self.refresh(session.chain[-1], at_once)
        assert len(granted) == (at_once if self.alive(session) else 0)
        if not granted:
            return
        [successor] = {tokens.refresh_token for tokens in granted}
        assert successor not in session.chain
        session.used_at.append(self.clock.now)
        session.chain.append(successor)
        session.expires_at = min(self.clock.now + IDLE, session.created_at + LONGEST)
        self.keep_access(session, granted)

    @precondition(lambda self: any(session.used_at for session in self.known))
    @rule(data=st.data(), wait=st.sampled_from((timedelta(0), GRACE, GRACE + SECOND)))
    def refresh_with_an_older_one(self, data: st.DataObject, wait: timedelta) -> None:
        session = data.draw(st.sampled_from([session for session in self.known if session.used_at]))
        place = data.draw(st.integers(0, len(session.used_at) - 1))
        self.clock.pass_by(wait)
        granted = self.refresh(session.chain[place])
        if not self.alive(session):
            assert not granted
        elif self.clock.now - session.used_at[place] <= GRACE:
            assert [tokens.refresh_token for tokens in granted] == [session.chain[place + 1]]
            self.keep_access(session, granted)
        else:
            assert not granted
            session.ended = True

    def refresh(self, token: str, at_once: int = 1) -> list[Tokens]:
        async def one() -> Tokens | None:
            try:
                return await self.door.sessions.refresh(token, STRANGER)
            except RefreshRefused:
                return None

        async def several() -> list[Tokens]:
            return [tokens for tokens in await asyncio.gather(*(one() for _ in range(at_once))) if tokens is not None]

        return self.runner.run(several())

    @rule()
    def refresh_with_a_guess(self) -> None:
        assert not self.refresh(new_secret())

    @precondition(lambda self: any(self.lets_in(session) for session in self.known))
    @rule(data=st.data(), all_others=st.booleans())
    def end_from_a_session(self, data: st.DataObject, all_others: bool) -> None:
        """The session that asks may be the one that ends, which is logging out."""
        here = data.draw(st.sampled_from([session for session in self.known if self.lets_in(session)]))
        identity = self.door.auth.check_token(here.access[-1][0])
        if all_others:
            self.runner.run(self.door.sessions.end_sessions(identity.user_id, but=identity.session_id))
            for session in self.known:
                session.ended = session.ended or session is not here
            return
        other = data.draw(st.sampled_from(self.known))
        if other is here:
            self.runner.run(self.door.sessions.log_out(identity))
        elif other.ended:
            with pytest.raises(SessionNotFound):
                self.runner.run(self.door.sessions.end_session(identity, other.id))
        elif self.alive(other):
            self.runner.run(self.door.sessions.end_session(identity, other.id))
        else:  # it ran out: whether it is still there to be ended depends on the last tidying up
            return
        other.ended = True

    @rule(passed=st.sampled_from(STEPS))
    def time_passes(self, passed: timedelta) -> None:
        self.clock.pass_by(passed)

    @rule()
    def restart(self) -> None:
        self.runner.run(self.door.restart())

    @rule()
    def tidy(self) -> None:
        self.runner.run(self.door.sessions.forget_ended())

    def lets_in(self, session: Expected) -> bool:
        return not session.ended and bool(session.access) and session.access[-1][1] > self.clock.now

    @invariant()
    def access_tokens_hold_while_their_session_does(self) -> None:
        for session in self.known:
            for token, expires_at in session.access:
                left_s = (expires_at - self.clock.now).total_seconds() + CLOCK_SKEW_S
                if session.ended or left_s < 0:
                    with pytest.raises(InvalidToken):
                        self.door.auth.check_token(token)
                elif left_s > 0:
                    assert self.door.auth.check_token(token).session_id == session.id

    @invariant()
    def the_list_shows_who_is_logged_in(self) -> None:
        rows = self.runner.run(self.door.db.read(list_sessions, self.user.id, self.clock.now))
        assert {row.id for row in rows} == {session.id for session in self.known if self.alive(session)}


def test_the_model_says_who_is_let_in(base: Base, tmp_path: Path) -> None:
    with asyncio.Runner() as runner, clock_of_the_test() as clock:
        db = open_database(base)
        runner.run(db.start())
        made = type("Made", (Refreshing,), {"runner": runner, "db": db, "folder": tmp_path / "keys", "clock": clock})
        try:
            run_state_machine_as_test(made, settings=settings(max_examples=40, stateful_step_count=30, deadline=None))
        finally:
            runner.run(db.stop())
