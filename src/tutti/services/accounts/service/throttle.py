"""Waiting after wrong passwords: longer with each one, by account and by address.

Kept in memory and bounded: a restart forgets it, which costs an attacker more than it gives. It never locks anybody
out for good: waits end, and an address that has logged into the account before is not made to wait for what others
try on it from elsewhere. What was tried on the account from that very address counts there too: it may be shared, or
be a proxy's that hides everybody behind it.

An account is what was typed. To count a name and an e-mail address of one user together would tell that they belong
together, and that the user exists.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from tutti.kit.addresses import network_of
from tutti.services.accounts.api import TooManyAttempts
from tutti.services.accounts.service.settings import AccountsSettings

_REMEMBERED = 20_000
_FORGOTTEN_AFTER_S = 3600.0


@dataclass
class _Failures:
    count: int = 0
    last: float = 0.0
    free_at: float = 0.0


class Throttle:
    """Counts failures and says who has to wait."""

    def __init__(self, settings: AccountsSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def check(self, account: str, address: str, *, known: bool) -> None:
        """Let an attempt pass, or not; ``known``: the address has logged into this account before.

        Raises:
            TooManyAttempts: with the seconds to wait.
        """
        counted = _counted(account, address)
        waits_s = [self._wait_s(counted.of_address), self._wait_s(counted.of_account_there)]
        if not known:
            waits_s.append(self._wait_s(counted.of_account))
        wait_s = max(waits_s)
        if wait_s > 0:
            seconds = int(wait_s) + 1
            raise TooManyAttempts(f"Too many wrong passwords. Try again in {seconds} s.", retry_after_s=seconds)

    def failed(self, account: str, address: str) -> None:
        """Count a wrong password."""
        counted = _counted(account, address)
        self._count(counted.of_account, self._settings.failures_before_delay)
        self._count(counted.of_account_there, self._settings.failures_before_delay)
        self._count(counted.of_address, self._settings.address_failures_before_delay)

    def succeeded(self, account: str, address: str) -> None:
        """Forget the failures of an account, but for those of other addresses there; and half of the address's own."""
        counted = _counted(account, address)
        self._failures.pop(counted.of_account, None)
        self._failures.pop(counted.of_account_there, None)
        if (of_address := self._failures.get(counted.of_address)) is not None:
            of_address.count //= 2

    def _wait_s(self, who: str) -> float:
        failures = self._failures.get(who)
        return failures.free_at - self._clock() if failures else 0.0

    def _count(self, who: str, free: int) -> None:
        present = self._clock()
        failures = self._failures.pop(who, None)
        if failures is None or present - failures.last > _FORGOTTEN_AFTER_S:
            failures = _Failures()
        failures.count += 1
        failures.last = present
        if failures.count >= free:
            delay_s = min(2.0 ** min(failures.count - free, 30), float(self._settings.longest_delay_s))
            failures.free_at = present + delay_s
        self._failures[who] = failures
        if len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)


class _Counted(NamedTuple):
    of_account: str
    of_account_there: str
    of_address: str


def _counted(account: str, address: str) -> _Counted:
    network = network_of(address)
    return _Counted(f"account {account}", f"account {account} from {network}", f"address {network}")
