"""Puts accounts together."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime, timedelta

import structlog

from tutti.kit.addresses import Addresses
from tutti.kit.auth import Identity, Role, Trust
from tutti.kit.service import Process, Schedule, Service
from tutti.kit.trust import AuthSettings, TrustFollower
from tutti.services.accounts.api import Accounts, User, UserChanged, UserDeleted, UserRegistered
from tutti.services.accounts.routes import routes
from tutti.services.accounts.routes.holding import confirmed
from tutti.services.accounts.service import AccountsService, AccountsSettings, ApiKeysService, SessionsService
from tutti.services.accounts.service.avatars import AvatarsService
from tutti.services.accounts.service.passwords import Passwords
from tutti.services.accounts.service.throttle import Throttle
from tutti.services.accounts.service.tokens import TokenKeys

_DAY_S = 86_400
log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.accounts")


class _Answers:
    """The calls other services need, answered by the parts that know."""

    def __init__(self, accounts: AccountsService, sessions: SessionsService, api_keys: ApiKeysService) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._api_keys = api_keys

    async def get_users(self, user_ids: Sequence[str]) -> list[User]:
        return await self._accounts.get_users(user_ids)

    async def find_role(self, user_id: str, session_id: str) -> Role | None:
        return await self._sessions.find_role(user_id, session_id)

    async def check_api_key(self, key: str) -> Identity:
        return await self._api_keys.check(key)

    async def get_trust(self, since: datetime | None) -> Trust:
        return await self._sessions.get_trust(since)


def build(process: Process) -> Service:
    """Build on the kit alone."""
    settings = process.settings.section("accounts", AccountsSettings)
    token_keys = TokenKeys(process.secrets)
    passwords = Passwords(settings)
    throttle = Throttle(settings, process.stores)
    sessions = SessionsService(settings, process.db, process.auth, token_keys, passwords, throttle)
    accounts = AccountsService(settings, process.db, process.secrets, passwords, sessions)
    api_keys = ApiKeysService(settings, process.db, process.auth)
    process.auth.use_api_keys(api_keys.check)

    follower = TrustFollower(process.auth, sessions.get_trust, process.settings.section("auth", AuthSettings).trust_s)

    async def renew_signing_key() -> None:
        try:
            process.auth.trust(await token_keys.renew(timedelta(days=settings.signing_key_days)))
        except OSError:  # a full disk: the present key signs on
            log.exception("the signing key was not renewed")

    # SQLite has one process, which knows what it ended itself.
    has_copies = process.db.dialect == "postgresql"

    @asynccontextmanager
    async def running() -> AsyncGenerator[None, None]:
        await token_keys.load()
        await renew_signing_key()
        process.auth.learn(await sessions.get_trust(None))
        await accounts.offer_setup()
        async with follower.running() if has_copies else nullcontext():
            yield

    return Service(
        name="accounts",
        routes=confirmed(routes, sessions) if has_copies else routes,
        provides={
            "accounts": accounts,
            "sessions": sessions,
            "api_keys": api_keys,
            "avatars": AvatarsService(settings, process.db, process.storage, accounts),
            "addresses": Addresses(process.settings.base.trusted_proxies),
            "token_keys": token_keys,
        },
        answers={Accounts: _Answers(accounts, sessions, api_keys)},
        tells=(UserRegistered, UserChanged, UserDeleted),
        schedules=(
            Schedule("accounts: forget ended sessions", _DAY_S, sessions.forget_ended),
            Schedule("accounts: renew the signing key", _DAY_S, renew_signing_key),
        ),
        running=running,
    )
