"""Waiting after wrong passwords: it slows down who guesses, and locks nobody out for good."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.front_door import CHEAP, FrontDoor, opened
from support.people import PASSWORD
from tutti.kit.db import Database
from tutti.services.accounts.api import Login, TooManyAttempts, WrongCredentials
from tutti.services.accounts.service import AccountsSettings
from tutti.kit.addresses import network_of
from tutti.services.accounts.service.throttle import Throttle

OWNER, HOME = "grace", "192.0.2.1"
OTHERS = st.sampled_from(["198.51.100.1", "198.51.100.2", "2001:db8::1", "2001:db8::2"])
ACCOUNTS = st.sampled_from([OWNER, "ada", "nobody"])
# Who tries, from where, and the seconds that pass before.
FAILURES = st.lists(st.tuples(ACCOUNTS, OTHERS, st.integers(0, 2000)), max_size=120)
LIMITS = st.builds(
    AccountsSettings,
    failures_before_delay=st.integers(1, 8),
    address_failures_before_delay=st.integers(1, 30),
    longest_delay_s=st.integers(1, 1000),
)


class Door:
    """A throttle with a clock of its own."""

    def __init__(self, limits: AccountsSettings) -> None:
        self.seconds = 0.0
        self.throttle = Throttle(limits, lambda: self.seconds)

    def wait_s(self, account: str, address: str, *, known: bool = False) -> int:
        """Return how long an attempt is told to wait; 0 for one that passes."""
        try:
            self.throttle.check(account, address, known=known)
        except TooManyAttempts as refused:
            return int(refused.headers["Retry-After"])
        return 0

    def guess(self, account: str, address: str, *, known: bool = False) -> bool:
        """Try a wrong password; False where it was not even looked at."""
        if self.wait_s(account, address, known=known):
            return False
        self.throttle.failed(account, address)
        return True

    def suffer(self, failures: list[tuple[str, str, int]]) -> None:
        for account, address, pause_s in failures:
            self.seconds += pause_s
            self.guess(account, address)


@given(LIMITS, FAILURES)
def test_nobody_elsewhere_keeps_the_owner_out_at_home(
    limits: AccountsSettings, failures: list[tuple[str, str, int]]
) -> None:
    door = Door(limits)
    door.suffer(failures)
    assert door.wait_s(OWNER, HOME, known=True) == 0


@given(LIMITS, FAILURES, OTHERS, st.booleans())
def test_after_the_stated_wait_anyone_is_let_try(
    limits: AccountsSettings, failures: list[tuple[str, str, int]], address: str, known: bool
) -> None:
    door = Door(limits)
    door.suffer(failures)
    wait_s = door.wait_s(OWNER, address, known=known)
    assert wait_s <= limits.longest_delay_s + 1
    door.seconds += wait_s
    assert door.wait_s(OWNER, address, known=known) == 0


@given(LIMITS, st.lists(OTHERS, min_size=1), st.booleans())
def test_an_account_takes_few_guesses_however_many_guess(
    limits: AccountsSettings, addresses: list[str], others_log_in: bool
) -> None:
    """Without waiting: as many as are free, whatever addresses they come from and whoever else logs in there."""
    door, looked_at = Door(limits), 0
    for turn in range(200):
        address = addresses[turn % len(addresses)]
        looked_at += door.guess(OWNER, address)
        if others_log_in:
            door.throttle.succeeded("mallory", address)
    assert looked_at <= limits.failures_before_delay


@given(LIMITS, st.booleans())
def test_a_known_address_is_no_licence_to_guess(limits: AccountsSettings, own_account: bool) -> None:
    """Whoever shares the owner's address, or a proxy that hides all addresses, waits as others do."""
    door, looked_at = Door(limits), 0
    for _ in range(200):
        looked_at += door.guess(OWNER, HOME, known=True)
        if own_account:
            door.throttle.succeeded("mallory", HOME)
    assert looked_at <= limits.failures_before_delay


@given(LIMITS, st.integers(1, 40))
def test_waits_double_up_to_the_longest(limits: AccountsSettings, further: int) -> None:
    door = Door(limits)
    for _ in range(limits.failures_before_delay + further):
        door.seconds += door.wait_s(OWNER, HOME)
        assert door.guess(OWNER, HOME)
    assert door.wait_s(OWNER, HOME) >= min(2**further, limits.longest_delay_s)


def test_an_address_takes_few_guesses_over_all_accounts() -> None:
    door = Door(CHEAP)
    tried = [door.guess(f"user {number}", "198.51.100.1") for number in range(100)]
    assert sum(tried) == CHEAP.address_failures_before_delay
    assert door.guess("another", "198.51.100.2")


def test_a_network_of_version_6_is_one_address() -> None:
    """A household has at least 2^64 of them (RFC 6177)."""
    door = Door(CHEAP)
    tried = [door.guess(f"user {number}", f"2001:db8:0:1::{number:x}") for number in range(100)]
    assert sum(tried) == CHEAP.address_failures_before_delay
    assert door.guess("another", "2001:db8:0:2::1")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("unknown", "unknown"),
    ],
)
def test_addresses_and_their_networks(address: str, network: str) -> None:
    assert network_of(address) == network


def test_the_right_password_starts_afresh() -> None:
    door = Door(CHEAP)
    while door.guess(OWNER, HOME):
        pass
    door.throttle.succeeded(OWNER, HOME)
    assert door.wait_s(OWNER, HOME) == 0


def test_an_hour_without_failures_is_forgotten() -> None:
    door = Door(CHEAP)
    for _ in range(12):
        door.guess(OWNER, HOME)
        door.seconds += 10
    door.seconds += 3601
    assert [door.guess(OWNER, HOME) for _ in range(CHEAP.failures_before_delay)] == [True] * 5


def test_memory_is_bounded() -> None:
    door = Door(CHEAP)
    for number in range(12_000):
        door.throttle.failed(f"user {number}", f"10.0.{number // 256}.{number % 256}")
    assert len(door.throttle._failures) <= 20_000  # pyright: ignore[reportPrivateUsage]


async def test_guesses_sent_at_once_are_not_looked_at_at_once(
    db: Database, tmp_path: Path, verified: list[str]
) -> None:
    door = await opened(FrontDoor(db, tmp_path))
    await door.add_user("Grace")

    async def guess() -> type[Exception]:
        with pytest.raises((WrongCredentials, TooManyAttempts)) as refused:
            await door.sessions.log_in(Login("grace", "wrong password"), "198.51.100.1", "")
        return refused.type

    answers = await asyncio.gather(*(guess() for _ in range(40)))
    assert answers.count(WrongCredentials) < CHEAP.failures_before_delay + CHEAP.hashing_at_once
    assert len(verified) == answers.count(WrongCredentials)


async def test_the_owner_logs_in_at_home_while_others_guess(db: Database, tmp_path: Path) -> None:
    door = await opened(FrontDoor(db, tmp_path))
    await door.add_user("Grace", "grace@example.org")
    await door.sessions.log_in(Login("grace", PASSWORD), HOME, "")
    for number in range(12):
        with pytest.raises((WrongCredentials, TooManyAttempts)):
            await door.sessions.log_in(Login("grace", "wrong password"), f"198.51.100.{number}", "")
    with pytest.raises(TooManyAttempts):
        await door.sessions.log_in(Login("grace", PASSWORD), "203.0.113.1", "")
    assert await door.sessions.log_in(Login("grace", PASSWORD), HOME, "")
