"""People: the first one, those who register, their profiles, and what admins do with them."""

import hmac
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from tutti import __version__
from tutti.kit.auth import Identity, Role
from tutti.kit.clock import now
from tutti.kit.db import Database, Transaction
from tutti.kit.ids import new_id
from tutti.kit.paging import Page, decode_cursor, encode_cursor
from tutti.kit.secrets import SecretStore
from tutti.services.accounts.api import (
    Account,
    AccountPatch,
    LastAdmin,
    Me,
    MePatch,
    NameTaken,
    PasswordChange,
    Preferences,
    Registration,
    RegistrationClosed,
    Setup,
    SetupDone,
    SetupState,
    User,
    UserChanged,
    UserDeleted,
    UserNotFound,
    UserRegistered,
    WrongSetupToken,
)
from tutti.services.accounts.repository import keys as invitations
from tutti.services.accounts.repository import users as repository
from tutti.services.accounts.repository.ended import note_user_ended
from tutti.services.accounts.repository.sessions import revoke_sessions
from tutti.services.accounts.repository.users import Taken, UserRow
from tutti.services.accounts.service.names import check_password, clean_display_name, clean_email, clean_name, name_key
from tutti.services.accounts.service.passwords import Passwords
from tutti.services.accounts.service.sessions import SessionsService
from tutti.services.accounts.service.settings import AccountsSettings
from tutti.services.accounts.service.tokens import digest, new_secret

_USERS = "users"
_SETUP_TOKEN = "setup-token"  # noqa: S105  its name


class AccountsService:
    """Use cases around people."""

    def __init__(
        self,
        settings: AccountsSettings,
        db: Database,
        secrets: SecretStore,
        passwords: Passwords,
        sessions: SessionsService,
    ) -> None:
        self._settings = settings
        self._db = db
        self._secrets = secrets
        self._passwords = passwords
        self._sessions = sessions
        self._setup_token: str | None = None

    def setup_token(self) -> str | None:
        """Return the one-time token of the first-run setup; None once somebody has an account."""
        return self._setup_token

    async def offer_setup(self) -> None:
        """Make the setup token, if nobody has an account yet; copies and later starts offer the same one."""
        if await self._db.read(repository.count_users):
            await self._withdraw_setup()
            return
        token = await self._secrets.change(_SETUP_TOKEN, lambda present: present or new_secret().encode())
        self._setup_token = token.decode()

    async def get_setup(self) -> SetupState:
        """Say whether the first admin is still to be made."""
        needed = not await self._db.read(repository.count_users)
        return SetupState(needed, self._settings.registration, __version__)

    async def set_up(self, setup: Setup) -> None:
        """Make the first admin.

        Raises:
            SetupDone: there are accounts already.
            WrongSetupToken: it is not the token printed at start.
        """
        if self._setup_token is None:
            raise SetupDone("This server is set up already; log in.")
        if not hmac.compare_digest(self._setup_token.encode(), setup.token.encode()):
            raise WrongSetupToken("This is not the token that was printed when the server started.")
        user = await self._new_user(setup.name, setup.password, setup.email, "admin")
        async with self._db.transaction() as tx:
            await tx.run(repository.lock_users)
            if await tx.run(repository.count_users):
                raise SetupDone("This server is set up already; log in.")
            await self._insert(tx, user)
        await self._withdraw_setup()

    async def register(self, registration: Registration) -> Me:
        """Make an account, if this server takes new ones.

        Raises:
            RegistrationClosed: it does not, or the invitation does not hold.
            NameTaken: another user has the name or address.
        """
        mode = self._settings.registration
        if mode == "closed" or (mode == "invite" and not registration.invite):
            raise RegistrationClosed(
                "New accounts need an invitation." if mode == "invite" else "No new accounts here."
            )
        code = digest(registration.invite) if registration.invite else None
        # Before the password is hashed, which is much work, and before it is looked who has the name.
        if code and not await self._db.read(invitations.has_invite, code, now()):
            raise _not_invited()
        user = await self._new_user(registration.name, registration.password, registration.email, "listener")
        async with self._db.transaction() as tx:
            if not await tx.run(repository.count_users):
                raise RegistrationClosed("Set this server up first, with the address printed at its start.")
            if code:
                invite = await tx.run(invitations.use_invite, code, now())
                if invite is None:  # somebody was faster
                    raise _not_invited()
                user = msgspec.structs.replace(user, role=invite["role"])
            await self._insert(tx, user)
        return _me(user)

    async def create_user(self, name: str, password: str, role: Role) -> Me:
        """Make an account whatever the registration setting says; for the command line.

        Raises:
            NameTaken: another user has the name.
        """
        user = await self._new_user(name, password, None, role)
        async with self._db.transaction() as tx:
            await self._insert(tx, user)
        await self._withdraw_setup()
        return _me(user)

    async def set_password(self, name: str, password: str) -> None:
        """Give a user a new password and end their sessions; for the command line.

        Raises:
            UserNotFound: nobody has that name.
        """
        user = await self._db.read(repository.find_user_by_name, name_key(name))
        if user is None:
            raise UserNotFound(f"Nobody is called {name}.")
        await self._change_password(user, password)

    async def get_users(self, user_ids: Sequence[str]) -> list[User]:
        """Return the users among ``user_ids``, in the order asked."""
        found = await self._db.read(repository.list_users_by_id, user_ids)
        return [_user(found[user_id]) for user_id in user_ids if user_id in found]

    async def get_user(self, user_id: str) -> User:
        """Return a user as others see them.

        Raises:
            UserNotFound: there is none.
        """
        return _user(await self._get(user_id))

    async def get_me(self, identity: Identity) -> Me:
        """Return the user who asks."""
        return _me(await self._get(identity.user_id))

    async def update_me(self, identity: Identity, patch: MePatch) -> Me:
        """Change one's own profile.

        Raises:
            NameTaken: the e-mail address belongs to another.
            UnusableName: the e-mail address or the display name has a form that is not taken.
        """
        changes = {k: v for k, v in msgspec.structs.asdict(patch).items() if v is not UNSET}
        if "display_name" in changes:
            changes["display_name"] = clean_display_name(changes["display_name"])
        if "email" in changes:
            changes["email"] = clean_email(changes["email"])
            changes["email_key"] = name_key(changes["email"]) if changes["email"] else None
        await self._update(identity.user_id, changes)
        return await self.get_me(identity)

    async def delete_me(self, identity: Identity, password: str) -> User:
        """Delete one's own account; return what is gone.

        Raises:
            WrongCredentials: the password is wrong.
            TooManyAttempts: it was several times; wait.
            LastAdmin: nobody could run the server then.
        """
        user = await self._proven(identity, password)
        async with self._db.transaction() as tx:
            await self._keep_an_admin(tx, user.id)
            ended = await tx.run(note_user_ended, user.id)
            await tx.run(repository.delete_user, user.id)
            tx.publish(UserDeleted(user_id=user.id))
        self._sessions.refuse(ended)
        return _user(user)

    async def change_password(self, identity: Identity, change: PasswordChange) -> None:
        """Set a new password and end the other sessions.

        Raises:
            WrongCredentials: the present password is wrong.
            TooManyAttempts: it was several times; wait.
            WeakPassword: the new one will not do.
        """
        user = await self._proven(identity, change.current)
        await self._change_password(user, change.new, but=identity.session_id)

    async def get_preferences(self, identity: Identity) -> Preferences:
        """Return what the user likes; what they never set has its default."""
        user = await self._get(identity.user_id)
        known = {f.encode_name for f in msgspec.structs.fields(Preferences)}
        return msgspec.convert({k: v for k, v in user.preferences.items() if k in known}, Preferences)

    async def put_preferences(self, identity: Identity, preferences: Preferences) -> Preferences:
        """Replace what the user likes."""
        await self._db.write(
            repository.update_user, identity.user_id, {"preferences": msgspec.to_builtins(preferences)}
        )
        return preferences

    async def list_accounts(self, search: str, cursor: str | None, limit: int) -> Page[Account]:
        """Return every user, by name; for admins."""
        key = decode_cursor(_USERS, cursor, (str, UUID))
        rows = await self._db.read(repository.list_users, name_key(search), key, limit)
        items = [_account(user, seen) for user, seen in rows[:limit]]
        last = rows[limit - 1][0] if len(rows) > limit else None
        return Page(items, encode_cursor(_USERS, (last.name_key, last.id)) if last else None)

    async def update_account(self, user_id: str, patch: AccountPatch) -> Account:
        """Change a user's role, state or password; for admins.

        Raises:
            UserNotFound: there is none.
            LastAdmin: nobody could run the server then.
            WeakPassword: the new one will not do.
        """
        user = await self._get(user_id)
        changes: dict[str, Any] = {
            k: v for k, v in (("role", patch.role), ("disabled", patch.disabled)) if v is not UNSET
        }
        if patch.password is not UNSET:
            changes["password_hash"] = await self._hash(user, patch.password)
        ended: list[str] = []
        async with self._db.transaction() as tx:
            if changes.get("disabled") or changes.get("role", "admin") != "admin":
                await self._keep_an_admin(tx, user_id)
            await tx.run(repository.update_user, user_id, changes)
            if changes:  # tokens that are about still say what the user may no longer do
                ended = await tx.run(revoke_sessions, user_id, now())
            tx.publish(UserChanged(user_id=user_id))
        self._sessions.refuse(ended)
        return _account(await self._get(user_id), await self._db.read(repository.find_last_seen, user_id))

    async def set_avatar(self, user_id: str, avatar_id: str | None) -> None:
        """Point a profile at an avatar, or at none."""
        await self._update(user_id, {"avatar_id": avatar_id})

    async def _withdraw_setup(self) -> None:
        self._setup_token = None
        await self._secrets.forget(_SETUP_TOKEN)

    async def _update(self, user_id: str, changes: dict[str, Any]) -> None:
        async with self._db.transaction() as tx:
            try:
                await tx.run(repository.update_user, user_id, changes)
            except Taken:
                raise NameTaken("Another user has this e-mail address.") from None
            tx.publish(UserChanged(user_id=user_id))

    async def _change_password(self, user: UserRow, password: str, *, but: str | None = None) -> None:
        hashed = await self._hash(user, password)
        async with self._db.transaction() as tx:
            await tx.run(repository.update_user, user.id, {"password_hash": hashed})
            ended = await tx.run(revoke_sessions, user.id, now(), but=but)
        self._sessions.refuse(ended)

    async def _hash(self, user: UserRow, password: str) -> str:
        check_password(password, user.name, user.email)
        return await self._passwords.hash(password)

    async def _proven(self, identity: Identity, password: str) -> UserRow:
        user = await self._get(identity.user_id)
        await self._sessions.prove(user, identity.session_id, password)
        return user

    async def _get(self, user_id: str) -> UserRow:
        user = await self._db.read(repository.find_user, user_id)
        if user is None:
            raise UserNotFound("There is no such user.")
        return user

    async def _new_user(self, name: str, password: str, email: str | None, role: Role) -> UserRow:
        cleaned, address = clean_name(name), clean_email(email)
        check_password(password, cleaned, address)
        return UserRow(
            id=new_id(),
            name=cleaned,
            name_key=name_key(cleaned),
            email=address,
            email_key=name_key(address) if address else None,
            display_name=cleaned,
            bio=None,
            avatar_id=None,
            role=role,
            password_hash=await self._passwords.hash(password),
            preferences={},
            disabled=False,
            created_at=now(),
        )

    async def _insert(self, tx: Transaction, user: UserRow) -> None:
        try:
            await tx.run(repository.insert_user, user)
        except Taken:
            raise NameTaken("Another user has this name or e-mail address.") from None
        tx.publish(UserRegistered(user_id=user.id, name=user.name, role=user.role))

    async def _keep_an_admin(self, tx: Transaction, user_id: str) -> None:
        await tx.run(repository.lock_users)
        if not await tx.run(repository.count_other_admins, user_id):
            raise LastAdmin("Make somebody else an admin first.")


def _not_invited() -> RegistrationClosed:
    return RegistrationClosed("This invitation has expired or was used up.")


def _user(row: UserRow) -> User:
    return User(row.id, row.name, row.display_name, row.bio, row.avatar_id)


def _me(row: UserRow) -> Me:
    return Me(row.id, row.name, row.display_name, row.bio, row.avatar_id, row.email, row.role, row.created_at)


def _account(row: UserRow, last_seen_at: Any) -> Account:
    me = msgspec.structs.asdict(_me(row))
    return Account(**me, disabled=row.disabled, last_seen_at=last_seen_at)
