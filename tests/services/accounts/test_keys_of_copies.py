"""Copies of accounts, each with a clock of its own, renew one set of keys: whoever one lets in, the other lets in."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.accounts.front_door import Clock, clock_of_the_test
from tutti.kit.auth import Authenticator
from tutti.kit.keyring import LEAD_S, READ_AGAIN_S
from tutti.kit.secrets import FileSecrets
from tutti.services.accounts.service.tokens import TokenKeys

EVERY = timedelta(days=1)
SKEW_S = 30
MOMENTS_S = (0, 1, READ_AGAIN_S, LEAD_S - 2 * SKEW_S, LEAD_S, LEAD_S + 2 * SKEW_S)


class Copy:
    """One copy: its keys, whom it trusts, and how far its clock is off."""

    def __init__(self, store: FileSecrets, clock: Clock, off_s: int) -> None:
        self.keys = TokenKeys(store)
        self.auth = Authenticator()
        self.off = timedelta(seconds=off_s)
        self._clock = clock

    def look_at_clock(self, true_time: object) -> None:
        self._clock.now = true_time + self.off  # type: ignore[operator]

    async def read(self) -> None:
        self.auth.trust(await self.keys.load())

    def sign(self) -> str:
        issued_at = self._clock.time()
        return self.keys.sign(
            user_id="u1", name="ada", role="listener", session_id="s1", issued_at=issued_at, lifetime_s=900
        )


@settings(deadline=None, max_examples=40)
@given(
    renewals=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 60)), min_size=1, max_size=6),
    off_s=st.tuples(st.integers(-SKEW_S // 2, SKEW_S // 2), st.integers(-SKEW_S // 2, SKEW_S // 2)),
)
async def test_a_new_key_is_known_before_it_signs(
    tmp_path_factory: pytest.TempPathFactory, renewals: list[tuple[int, int]], off_s: tuple[int, int]
) -> None:
    store = FileSecrets(tmp_path_factory.mktemp("keys"))
    with clock_of_the_test() as clock:
        true_time = clock.now
        copies = [Copy(store, clock, each) for each in off_s]
        await asyncio.gather(*(copy.read() for copy in copies))
        for who, hours in renewals:
            true_time += timedelta(hours=hours)
            copies[who].look_at_clock(true_time)
            copies[who].auth.trust(await copies[who].keys.renew(EVERY))
            for passed_s in MOMENTS_S:
                if passed_s >= READ_AGAIN_S:
                    await asyncio.gather(*(copy.read() for copy in copies))
                for signing in copies:
                    signing.look_at_clock(true_time + timedelta(seconds=passed_s))
                    token = signing.sign()
                    for checking in copies:
                        checking.look_at_clock(true_time + timedelta(seconds=passed_s))
                        assert checking.auth.check_token(token).user_id == "u1"
            true_time += timedelta(seconds=MOMENTS_S[-1])
