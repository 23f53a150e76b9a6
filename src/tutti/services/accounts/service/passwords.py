"""Hashing passwords with Argon2id (RFC 9106), beside the event loop and only a few at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from tutti.services.accounts.service.settings import AccountsSettings

T = TypeVar("T")


class Passwords:
    """Makes and checks password hashes; each takes ``argon2_memory_kib``, so they queue."""

    def __init__(self, settings: AccountsSettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_passes, memory_cost=settings.argon2_memory_kib, parallelism=1, type=Type.ID
        )
        self._threads = ThreadPoolExecutor(settings.hashing_at_once, "argon2")
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Return the hash of a new password."""
        return await self._run(lambda: self._hasher.hash(password))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether ``password`` belongs to ``stored``; takes as long where there is no such user (``stored`` None)."""
        if self._nobody is None:
            self._nobody = await self.hash("nobody has this password")
        target = stored if stored is not None else self._nobody
        return await self._run(lambda: self._verify(target, password)) and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than those set now."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
