"""Logging in, staying logged in, and the end of it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tutti.kit.auth import REVOCATION_MEMORY_S, Authenticator, Identity, InvalidToken, Role, Trust
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.ids import new_id
from tutti.services.accounts.api import (
    Login,
    RefreshRefused,
    Session,
    SessionNotFound,
    Tokens,
    WrongCredentials,
)
from tutti.services.accounts.repository import ended as endings
from tutti.services.accounts.repository import sessions as repository
from tutti.services.accounts.repository import users as people
from tutti.services.accounts.repository.sessions import RefreshRow, SessionRow
from tutti.services.accounts.repository.users import UserRow
from tutti.services.accounts.service.names import name_key
from tutti.services.accounts.service.passwords import Passwords
from tutti.services.accounts.service.settings import AccountsSettings
from tutti.services.accounts.service.throttle import Throttle
from tutti.services.accounts.service.tokens import TokenKeys, digest, new_secret

_UNKNOWN_DEVICE = "Unknown device"
_NOBODY = str(UUID(int=0))
_REMEMBERED = timedelta(seconds=REVOCATION_MEMORY_S)


class _Attempt(msgspec.Struct, frozen=True):
    """A password as somebody says it; ``known``: the address has logged into the account before."""

    account: str
    address: str
    known: bool
    password: str


class SessionsService:
    """Use cases around sessions. Why they work this way: docs/decisions/0006-sessions.md."""

    def __init__(
        self,
        settings: AccountsSettings,
        db: Database,
        auth: Authenticator,
        keys: TokenKeys,
        passwords: Passwords,
        throttle: Throttle,
    ) -> None:
        self._settings = settings
        self._db = db
        self._auth = auth
        self._keys = keys
        self._passwords = passwords
        self._throttle = throttle
        # A guess waits here for the outcome of those before it, so that many at once are no way around the throttle:
        # of each copy of accounts, no more than these are looked at before one is counted.
        self._turns = asyncio.Semaphore(settings.hashing_at_once)

    async def log_in(self, login: Login, address: str, user_agent: str) -> Tokens:
        """Open a session.

        Raises:
            WrongCredentials: whatever of them is wrong; nobody learns whether the account exists.
            TooManyAttempts: wait.
        """
        account = name_key(login.name)
        user = await self._db.read(people.find_user_by_name, account)
        # Asked for nobody too: one query less would tell by the time that there is no such user.
        known = await self._db.read(repository.has_logged_in_from, user.id if user else _NOBODY, address)
        attempt = _Attempt(account, address, known, login.password)
        if not await self._passes(attempt, user) or user is None:
            raise WrongCredentials("The name or the password is wrong.")
        if self._passwords.is_outdated(user.password_hash):
            renewed = await self._passwords.hash(login.password)
            await self._db.write(people.update_user, user.id, {"password_hash": renewed})
        return await self._open(user, address, login.device or user_agent or _UNKNOWN_DEVICE)

    async def prove(self, user: UserRow, session_id: str, password: str) -> None:
        """Have a user who is logged in say the password again. Whoever took a session over guesses no faster by it.

        Raises:
            WrongCredentials: it is wrong.
            TooManyAttempts: wait.
        """
        attempt = _Attempt(user.name_key, f"session {session_id}", True, password)
        if not await self._passes(attempt, user):
            raise WrongCredentials("The password is wrong.")

    async def _passes(self, attempt: _Attempt, user: UserRow | None) -> bool:
        async with self._turns:
            await self._throttle.check(attempt.account, attempt.address, known=attempt.known)
            matches = await self._passwords.matches(user.password_hash if user else None, attempt.password)
            passes = matches and user is not None and not user.disabled
            count = self._throttle.succeeded if passes else self._throttle.failed
            await count(attempt.account, attempt.address)
            return passes

    async def refresh(self, token: str, address: str) -> Tokens:
        """Exchange a refresh token for new tokens.

        A token sent again within ``refresh_grace_s`` (an answer was lost, two tabs woke at once) gets the same
        successor. Later it is taken for stolen: the session ends.

        Raises:
            RefreshRefused: unknown, used up, or its session has ended.
        """
        present = now()
        async with self._db.transaction() as tx:
            found = await tx.run(repository.find_refresh_token, digest(token))
            user = await tx.run(people.find_user, found.session.user_id) if found else None
            if found is None or user is None or not self._may_refresh(found, user):
                raise RefreshRefused("Log in again.")
            successor = self._keys.successor(token)
            # The same token may arrive twice at once: whoever marks it used stores the successor, both answer with it.
            if found.used_at is None and await tx.run(repository.use_refresh_token, digest(token), present):
                await tx.run(repository.insert_refresh_token, found.session.id, digest(successor))
                expires_at = self._expires_at(found.session.created_at)
                await tx.run(repository.touch_session, found.session.id, address, present, expires_at)
            reused = found.used_at is not None and present - found.used_at > self._grace
            if reused:
                await tx.run(repository.revoke_sessions, user.id, present, only=found.session.id)
        if reused:
            self._auth.revoke([found.session.id])
            raise RefreshRefused("This refresh token was used before. The session has ended; log in again.")
        return self._tokens(user, found.session.id, successor)

    async def log_out(self, identity: Identity) -> None:
        """End the session that asks."""
        await self.end_sessions(identity.user_id, only=identity.session_id)

    async def list_sessions(self, identity: Identity) -> list[Session]:
        """Return where the user is logged in, newest use first."""
        rows = await self._db.read(repository.list_sessions, identity.user_id, now())
        return [
            Session(row.id, row.device, row.address, row.created_at, row.last_seen_at, row.id == identity.session_id)
            for row in rows
        ]

    async def end_session(self, identity: Identity, session_id: str) -> None:
        """End one of the user's sessions.

        Raises:
            SessionNotFound: it is not theirs, or has ended.
        """
        if not await self.end_sessions(identity.user_id, only=session_id):
            raise SessionNotFound("You have no such session.")

    async def end_sessions(self, user_id: str, *, only: str | None = None, but: str | None = None) -> list[str]:
        """End sessions of a user; their access tokens are refused from now on. Return their ids."""
        ended = await self._db.write(repository.revoke_sessions, user_id, now(), only=only, but=but)
        self.refuse(ended)
        return ended

    def refuse(self, session_ids: Sequence[str]) -> None:
        """Refuse the access tokens of sessions that a transaction has ended; call it when that has committed."""
        self._auth.revoke(session_ids)

    async def find_role(self, user_id: str, proof_id: str) -> Role | None:
        """Return the role of a user whose session or API key ``proof_id`` holds; None once it does not."""
        return await self._db.read(repository.find_role, user_id, proof_id, now())

    async def confirm(self, identity: Identity) -> None:
        """Look whether what ``identity`` was proven by holds at this moment: another copy may have ended it just now.

        Raises:
            InvalidToken: it does not.
        """
        if await self.find_role(identity.user_id, identity.session_id) is None:
            self.refuse([identity.session_id])
            raise InvalidToken("This session was ended; log in again.", reason="revoked")

    async def get_trust(self, since: datetime | None) -> Trust:
        """Return what other processes need to check tokens: the keys as they are stored, and what ended since then."""
        keys = await self._keys.load()
        ended, as_of = await self._db.read(endings.list_ended, since, _REMEMBERED)
        return Trust({kid: key.public_bytes_raw() for kid, key in keys.items()}, ended, as_of)

    async def forget_ended(self) -> None:
        """Delete sessions that have been over for a month, and what nobody needs to be told of any more."""
        await self._db.write(repository.delete_ended_sessions, now() - timedelta(days=30))
        await self._db.write(endings.forget_ended, _REMEMBERED)

    @property
    def _grace(self) -> timedelta:
        return timedelta(seconds=self._settings.refresh_grace_s)

    def _may_refresh(self, found: RefreshRow, user: UserRow) -> bool:
        return found.session.revoked_at is None and found.session.expires_at > now() and not user.disabled

    async def _open(self, user: UserRow, address: str, device: str) -> Tokens:
        present = now()
        refresh_token = new_secret()
        session = SessionRow(
            id=new_id(),
            user_id=user.id,
            device=device[:200],
            address=address,
            created_at=present,
            last_seen_at=present,
            expires_at=self._expires_at(present),
        )
        await self._db.write(repository.insert_session, session, digest(refresh_token))
        return self._tokens(user, session.id, refresh_token)

    def _expires_at(self, created_at: datetime) -> datetime:
        idle = now() + timedelta(days=self._settings.session_idle_days)
        return min(idle, created_at + timedelta(days=self._settings.session_days))

    def _tokens(self, user: UserRow, session_id: str, refresh_token: str) -> Tokens:
        lifetime_s = self._settings.access_token_s
        access_token = self._keys.sign(
            user_id=user.id,
            name=user.name,
            role=user.role,
            session_id=session_id,
            issued_at=now().timestamp(),
            lifetime_s=lifetime_s,
        )
        return Tokens(access_token, refresh_token, lifetime_s)
