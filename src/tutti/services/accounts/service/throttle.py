"""Waiting after wrong passwords: longer with each one, by account and by address.

Kept in the process's short-lived state, where all copies of accounts count together; a restart of what keeps it forgets
it, which costs an attacker more than it gives. It never locks anybody out for good: waits end, and an address that has
logged into the account before is not made to wait for what others try on it from elsewhere. What was tried on the
account from that very address counts there too: it may be shared, or be a proxy's that hides everybody behind it.

An account is what was typed. To count a name and an e-mail address of one user together would tell that they belong
together, and that the user exists.
"""

import time
from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from tutti.kit.addresses import network_of
from tutti.kit.stores import Stores
from tutti.services.accounts.api import TooManyAttempts
from tutti.services.accounts.service.settings import AccountsSettings

_FORGOTTEN_AFTER_S = 3600.0


class _Failures(msgspec.Struct, frozen=True, array_like=True):
    """Wrong passwords of somebody; Unix times."""

    count: int
    last: float
    free_at: float


_decoder = msgspec.msgpack.Decoder(_Failures)


class Throttle:
    """Counts failures and says who has to wait."""

    def __init__(self, settings: AccountsSettings, stores: Stores, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._stores = stores
        self._clock = clock

    async def check(self, account: str, address: str, *, known: bool) -> None:
        """Let an attempt pass, or not; ``known``: the address has logged into this account before.

        Raises:
            TooManyAttempts: with the seconds to wait.
        """
        counted = _counted(account, address)
        looked_at = [counted.of_address, counted.of_account_there]
        if not known:
            looked_at.append(counted.of_account)
        found = (await self._stores.get_many(looked_at)).values()
        wait_s = max((self._wait_s(_decoder.decode(failures)) for failures in found), default=0.0)
        if wait_s > 0:
            seconds = int(wait_s) + 1
            raise TooManyAttempts(f"Too many wrong passwords. Try again in {seconds} s.", retry_after_s=seconds)

    async def failed(self, account: str, address: str) -> None:
        """Count a wrong password."""
        counted = _counted(account, address)
        await self._count(counted.of_account, self._settings.failures_before_delay)
        await self._count(counted.of_account_there, self._settings.failures_before_delay)
        await self._count(counted.of_address, self._settings.address_failures_before_delay)

    async def succeeded(self, account: str, address: str) -> None:
        """Forget the failures of an account, but for those of other addresses there; and half of the address's own."""
        counted = _counted(account, address)
        await self._stores.delete(counted.of_account, counted.of_account_there)
        await self._stores.change(counted.of_address, _halved, self._kept_s)

    @property
    def _kept_s(self) -> float:
        return max(_FORGOTTEN_AFTER_S, self._settings.longest_delay_s)

    def _wait_s(self, failures: _Failures) -> float:
        # No longer than the longest, should the clock be set back.
        return min(failures.free_at - self._clock(), float(self._settings.longest_delay_s))

    async def _count(self, who: str, free: int) -> None:
        def one_more(before: bytes | None) -> bytes:
            present = self._clock()
            failures = _decoder.decode(before) if before is not None else None
            if failures is None or present - failures.last > _FORGOTTEN_AFTER_S:
                failures = _Failures(0, present, 0.0)
            count, free_at = failures.count + 1, failures.free_at
            if count >= free:
                free_at = present + min(2.0 ** min(count - free, 30), float(self._settings.longest_delay_s))
            return msgspec.msgpack.encode(_Failures(count, present, free_at))

        await self._stores.change(who, one_more, self._kept_s)


def _halved(before: bytes | None) -> bytes | None:
    if before is None:
        return None
    failures = _decoder.decode(before)
    return msgspec.msgpack.encode(msgspec.structs.replace(failures, count=failures.count // 2))


class _Counted(NamedTuple):
    of_account: str
    of_account_there: str
    of_address: str


def _counted(account: str, address: str) -> _Counted:
    network = network_of(address)
    return _Counted(_key(f"account {account}"), _key(f"account {account} from {network}"), _key(f"address {network}"))


def _key(who: str) -> str:
    """A digest: what people type for a name may be anything, a password too."""
    return f"accounts:failures:{blake2b(who.encode(errors='surrogatepass'), digest_size=16).hexdigest()}"
