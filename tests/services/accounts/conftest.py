"""A server with an admin and a listener, over ASGI."""

from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from support.people import PASSWORD, LogIn
from tutti.kit.service import Process
from tutti.services.accounts.service import AccountsService


@pytest.fixture
def log_in(client: httpx.AsyncClient) -> LogIn:
    async def log_in(name: str, password: str = PASSWORD, address: str = "") -> dict[str, Any]:
        headers = {"X-Forwarded-For": address} if address else {}
        answer = await client.post("/auth/login", json={"name": name, "password": password}, headers=headers)
        return answer.raise_for_status().json()

    return log_in


@pytest.fixture
async def people(process: Process) -> AccountsService:
    accounts = process.provided(AccountsService)
    await accounts.create_user("Ada", PASSWORD, "admin")
    await accounts.create_user("Grace", PASSWORD, "listener")
    return accounts


@pytest.fixture
async def ada(people: AccountsService, log_in: LogIn) -> dict[str, str]:
    return {"Authorization": f"Bearer {(await log_in('ada'))['accessToken']}"}


@pytest.fixture
async def grace(people: AccountsService, log_in: LogIn) -> dict[str, str]:
    return {"Authorization": f"Bearer {(await log_in('grace'))['accessToken']}"}


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that Argon2 made hashes of."""
    passwords: list[str] = []
    make = PasswordHasher.hash

    def spy(self: PasswordHasher, password: str) -> str:
        passwords.append(password)
        return make(self, password)

    monkeypatch.setattr(PasswordHasher, "hash", spy)
    return passwords


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that Argon2 was run against."""
    hashes: list[str] = []
    verify = PasswordHasher.verify

    def spy(self: PasswordHasher, hash: str, password: str) -> bool:  # noqa: A002 - the name that argon2 gives it
        hashes.append(hash)
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", spy)
    return hashes
