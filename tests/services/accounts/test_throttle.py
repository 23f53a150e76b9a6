"""Waiting after wrong passwords: it slows down who guesses, and locks nobody out for good."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.accounts.front_door import CHEAP, FrontDoor, opened
from support.people import PASSWORD
from support.valkey import Valkey
from tutti.kit.addresses import network_of
from tutti.kit.db import Database
from tutti.kit.stores import MemoryStores, RedisSettings, Stores, open_stores
from tutti.services.accounts.api import Login, TooManyAttempts, WrongCredentials
from tutti.services.accounts.service import AccountsSettings
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

    def __init__(self, limits: AccountsSettings, stores: Stores) -> None:
        self.seconds = 1_800_000_000.0
        self.throttle = Throttle(limits, stores, lambda: self.seconds)

    async def wait_s(self, account: str, address: str, *, known: bool = False) -> int:
        """Return how long an attempt is told to wait; 0 for one that passes."""
        try:
            await self.throttle.check(account, address, known=known)
        except TooManyAttempts as refused:
            return int(refused.headers["Retry-After"])
        return 0

    async def guess(self, account: str, address: str, *, known: bool = False) -> bool:
        """Try a wrong password; False where it was not even looked at."""
        if await self.wait_s(account, address, known=known):
            return False
        await self.throttle.failed(account, address)
        return True

    async def suffer(self, failures: list[tuple[str, str, int]]) -> None:
        for account, address, pause_s in failures:
            self.seconds += pause_s
            await self.guess(account, address)


class Doors:
    """Makes doors whose throttle counts in memory, or in Redis."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url

    def try_(self, limits: AccountsSettings, scenario: Callable[[Door], Awaitable[None]]) -> None:
        """Run ``scenario`` at a door where nobody has tried anything yet."""

        async def run() -> None:
            stores = open_stores(self._redis_url, RedisSettings(timeout_ms=10_000))
            if stores.link is not None:
                await stores.link.client.flushdb()
            await scenario(Door(limits, stores))
            assert await stores.find_problem() is None
            await stores.close()

        asyncio.run(run())


@pytest.fixture(params=["memory", "redis"])
def doors(request: pytest.FixtureRequest) -> Doors:
    return Doors("" if request.param == "memory" else request.getfixturevalue("valkey").url)


examples = hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@examples
@given(limits=LIMITS, failures=FAILURES)
def test_nobody_elsewhere_keeps_the_owner_out_at_home(
    doors: Doors, limits: AccountsSettings, failures: list[tuple[str, str, int]]
) -> None:
    async def scenario(door: Door) -> None:
        await door.suffer(failures)
        assert await door.wait_s(OWNER, HOME, known=True) == 0

    doors.try_(limits, scenario)


@examples
@given(limits=LIMITS, failures=FAILURES, address=OTHERS, known=st.booleans())
def test_after_the_stated_wait_anyone_is_let_try(
    doors: Doors, limits: AccountsSettings, failures: list[tuple[str, str, int]], address: str, known: bool
) -> None:
    async def scenario(door: Door) -> None:
        await door.suffer(failures)
        wait_s = await door.wait_s(OWNER, address, known=known)
        assert wait_s <= limits.longest_delay_s + 1
        door.seconds += wait_s
        assert await door.wait_s(OWNER, address, known=known) == 0

    doors.try_(limits, scenario)


@examples
@given(limits=LIMITS, addresses=st.lists(OTHERS, min_size=1), others_log_in=st.booleans())
def test_an_account_takes_few_guesses_however_many_guess(
    doors: Doors, limits: AccountsSettings, addresses: list[str], others_log_in: bool
) -> None:
    """Without waiting: as many as are free, whatever addresses they come from and whoever else logs in there."""

    async def scenario(door: Door) -> None:
        looked_at = 0
        for turn in range(50):
            address = addresses[turn % len(addresses)]
            looked_at += await door.guess(OWNER, address)
            if others_log_in:
                await door.throttle.succeeded("mallory", address)
        assert looked_at <= limits.failures_before_delay

    doors.try_(limits, scenario)


@examples
@given(limits=LIMITS, own_account=st.booleans())
def test_a_known_address_is_no_licence_to_guess(doors: Doors, limits: AccountsSettings, own_account: bool) -> None:
    """Whoever shares the owner's address, or a proxy that hides all addresses, waits as others do."""

    async def scenario(door: Door) -> None:
        looked_at = 0
        for _ in range(50):
            looked_at += await door.guess(OWNER, HOME, known=True)
            if own_account:
                await door.throttle.succeeded("mallory", HOME)
        assert looked_at <= limits.failures_before_delay

    doors.try_(limits, scenario)


@examples
@given(limits=LIMITS, further=st.integers(1, 40))
def test_waits_double_up_to_the_longest(doors: Doors, limits: AccountsSettings, further: int) -> None:
    async def scenario(door: Door) -> None:
        for _ in range(limits.failures_before_delay + further):
            door.seconds += await door.wait_s(OWNER, HOME)
            assert await door.guess(OWNER, HOME)
        assert await door.wait_s(OWNER, HOME) >= min(2**further, limits.longest_delay_s)

    doors.try_(limits, scenario)


def test_an_address_takes_few_guesses_over_all_accounts(doors: Doors) -> None:
    async def scenario(door: Door) -> None:
        tried = [await door.guess(f"user {number}", "198.51.100.1") for number in range(100)]
        assert sum(tried) == CHEAP.address_failures_before_delay
        assert await door.guess("another", "198.51.100.2")

    doors.try_(CHEAP, scenario)


def test_a_network_of_version_6_is_one_address(doors: Doors) -> None:
    """A household has at least 2^64 of them (RFC 6177)."""

    async def scenario(door: Door) -> None:
        tried = [await door.guess(f"user {number}", f"2001:db8:0:1::{number:x}") for number in range(100)]
        assert sum(tried) == CHEAP.address_failures_before_delay
        assert await door.guess("another", "2001:db8:0:2::1")

    doors.try_(CHEAP, scenario)


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


def test_the_right_password_starts_afresh(doors: Doors) -> None:
    async def scenario(door: Door) -> None:
        while await door.guess(OWNER, HOME):
            pass
        await door.throttle.succeeded(OWNER, HOME)
        assert await door.wait_s(OWNER, HOME) == 0

    doors.try_(CHEAP, scenario)


def test_an_hour_without_failures_is_forgotten(doors: Doors) -> None:
    async def scenario(door: Door) -> None:
        for _ in range(12):
            await door.guess(OWNER, HOME)
            door.seconds += 10
        door.seconds += 3601
        assert [await door.guess(OWNER, HOME) for _ in range(CHEAP.failures_before_delay)] == [True] * 5

    doors.try_(CHEAP, scenario)


def test_a_clock_that_is_set_back_makes_nobody_wait_longer_than_the_longest(doors: Doors) -> None:
    async def scenario(door: Door) -> None:
        while await door.guess(OWNER, HOME):
            pass
        door.seconds -= 30 * 86_400
        assert await door.wait_s(OWNER, HOME) <= CHEAP.longest_delay_s + 1

    doors.try_(CHEAP, scenario)


async def test_copies_count_together_and_lose_nothing(valkey: Valkey) -> None:
    copies = [open_stores(valkey.url, RedisSettings(timeout_ms=10_000)) for _ in range(2)]
    doors = [Door(CHEAP, stores) for stores in copies]
    await asyncio.gather(*(door.throttle.failed(OWNER, HOME) for door in doors for _ in range(6)))
    further = 12 - CHEAP.failures_before_delay
    assert [await door.wait_s(OWNER, HOME) for door in doors] == [2**further + 1] * 2
    await doors[0].throttle.succeeded(OWNER, HOME)
    assert await doors[1].wait_s(OWNER, "198.51.100.1") == 0
    for stores in copies:
        await stores.close()


async def test_without_redis_a_copy_goes_on_counting_for_itself(valkey: Valkey) -> None:
    stores = open_stores(valkey.url, RedisSettings(timeout_ms=10_000))
    door = Door(CHEAP, stores)
    valkey.kill()
    tried = [await door.guess(OWNER, HOME) for _ in range(20)]
    assert sum(tried) == CHEAP.failures_before_delay
    await stores.close()


async def test_names_as_they_were_typed_are_not_kept() -> None:
    stores = MemoryStores()
    await Throttle(CHEAP, stores).failed("my password by mistake", HOME)
    assert len(stores) == 3
    assert not any("mistake" in key or HOME in key for key in stores._entries)  # pyright: ignore[reportPrivateUsage]


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
