"""The part of accounts that lets people in, over a database, with a clock that the test moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jwt import api_jwt

from support.people import PASSWORD
from tutti.kit import auth as kit_auth
from tutti.kit.auth import Authenticator
from tutti.kit.db import Database
from tutti.kit.ids import new_id
from tutti.kit.secrets import FileSecrets
from tutti.kit.stores import MemoryStores
from tutti.services.accounts.repository.users import UserRow, insert_user
from tutti.services.accounts.service import AccountsSettings, SessionsService
from tutti.services.accounts.service import sessions as sessions_module
from tutti.services.accounts.service import tokens as tokens_module
from tutti.services.accounts.service.names import name_key
from tutti.services.accounts.service.passwords import Passwords
from tutti.services.accounts.service.throttle import Throttle
from tutti.services.accounts.service.tokens import TokenKeys

CHEAP = AccountsSettings(argon2_memory_kib=8192, argon2_passes=1)


class Clock:
    """The time, to the second, as sessions and the checks of tokens see it."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def time(self) -> float:
        return self.now.timestamp()

    def pass_by(self, passed: timedelta) -> None:
        self.now += passed


@contextmanager
def clock_of_the_test() -> Iterator[Clock]:
    """Set the clock of sessions, of keys, of the authenticator and of PyJWT."""
    clock = Clock()

    class Now(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return clock.now

    with pytest.MonkeyPatch.context() as patch:
        for module in (sessions_module, tokens_module):
            patch.setattr(module, "now", lambda: clock.now)
        patch.setattr(kit_auth, "time", clock)
        patch.setattr(api_jwt, "datetime", Now)
        yield clock


class FrontDoor:
    """Sessions with all they need; `restart` forgets what only memory holds.

    For who waits after wrong passwords, time stands still: the first wait is one second, and a test may take longer.
    """

    def __init__(self, db: Database, folder: Path, settings: AccountsSettings = CHEAP) -> None:
        self.db = db
        self.folder = folder
        self.settings = settings
        self.passwords = Passwords(settings)

    async def open(self) -> None:
        self.auth, self.keys = Authenticator(), TokenKeys(FileSecrets(self.folder))
        self.auth.trust(await self.keys.load())
        self.throttle = Throttle(self.settings, MemoryStores(), lambda: 1_800_000_000.0)
        self.sessions = SessionsService(self.settings, self.db, self.auth, self.keys, self.passwords, self.throttle)

    async def restart(self) -> None:
        await self.open()
        self.auth.learn(await self.sessions.get_trust(None))

    async def add_user(self, name: str, email: str | None = None) -> UserRow:
        user = new_user(name, email, password_hash=await self.passwords.hash(PASSWORD))
        await self.db.write(insert_user, user)
        return user


async def opened(door: FrontDoor) -> FrontDoor:
    """Return ``door`` as it is after a start."""
    await door.open()
    return door


def new_user(name: str, email: str | None = None, password_hash: str = "no hash", **given: object) -> UserRow:
    """Return a listener who is not stored yet."""
    values: dict[str, object] = {
        "id": new_id(),
        "name": name,
        "name_key": name_key(name),
        "email": email,
        "email_key": name_key(email) if email else None,
        "display_name": name,
        "bio": None,
        "avatar_id": None,
        "role": "listener",
        "password_hash": password_hash,
        "preferences": {},
        "disabled": False,
        "created_at": datetime.now(UTC),
    }
    return UserRow(**values | given)  # type: ignore[arg-type]
