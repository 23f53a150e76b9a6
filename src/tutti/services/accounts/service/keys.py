"""API keys and invitations."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tutti.kit.auth import API_KEY_PREFIX, Authenticator, Identity, InvalidToken, MissingScope
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.errors import Conflict
from tutti.kit.ids import new_id
from tutti.services.accounts.api import (
    ApiKey,
    ApiKeyNotFound,
    ApiKeyRequest,
    Invite,
    InviteNotFound,
    InviteRequest,
    NewApiKey,
    NewInvite,
)
from tutti.services.accounts.repository import keys as repository
from tutti.services.accounts.service.settings import AccountsSettings
from tutti.services.accounts.service.tokens import digest, new_secret

_NOTED_EVERY = timedelta(minutes=1)  # writing at each request would make every read of a script a write


class TooManyApiKeys(Conflict):
    """The user has as many keys as are allowed."""


class ApiKeysService:
    """Use cases around API keys and invitations."""

    def __init__(self, settings: AccountsSettings, db: Database, auth: Authenticator) -> None:
        self._settings = settings
        self._db = db
        self._auth = auth

    async def create_key(self, identity: Identity, request: ApiKeyRequest) -> NewApiKey:
        """Make a key; its secret is shown this once.

        Raises:
            MissingScope: the user's own reach is smaller than the key's would be.
            TooManyApiKeys: delete one first.
        """
        scopes = sorted(set(request.scopes))
        beyond = [s for s in scopes if s not in identity.scopes or (s == "admin" and identity.role != "admin")]
        if beyond:
            raise MissingScope(f"You cannot give the scope {beyond[0]}.", scope=beyond[0])
        secret = API_KEY_PREFIX + new_secret()
        values: dict[str, Any] = {
            "id": new_id(),
            "user_id": identity.user_id,
            "name": request.name.strip(),
            "scopes": scopes,
            "hash": digest(secret),
            "created_at": now(),
            "expires_at": request.expires_at,
            "last_used_at": None,
        }
        if len(await self._db.read(repository.list_api_keys, identity.user_id)) >= self._settings.api_keys_max:
            raise TooManyApiKeys(f"You have {self._settings.api_keys_max} keys; delete one first.")
        await self._db.write(repository.insert_api_key, values)
        return NewApiKey(**_shown(values), key=secret)

    async def list_keys(self, identity: Identity) -> list[ApiKey]:
        """Return the user's keys, newest first."""
        return [ApiKey(**_shown(row)) for row in await self._db.read(repository.list_api_keys, identity.user_id)]

    async def delete_key(self, identity: Identity, key_id: str) -> None:
        """Delete a key; it is refused from now on.

        Raises:
            ApiKeyNotFound: it is not theirs.
        """
        if not await self._db.write(repository.delete_api_key, identity.user_id, key_id):
            raise ApiKeyNotFound("You have no such API key.")
        self._auth.revoke([key_id])

    async def check(self, key: str) -> Identity:
        """Return who an API key speaks for.

        Raises:
            InvalidToken: unknown, expired, or its user is disabled.
        """
        row = await self._db.read(repository.find_api_key, digest(key))
        present = now()
        if row is None or row["disabled"] or _is_past(row["expires_at"], present):
            raise InvalidToken("This API key is not valid.")
        if row["last_used_at"] is None or present - row["last_used_at"] > _NOTED_EVERY:
            await self._db.write(repository.touch_api_key, row["id"], present)
        return Identity(row["user_id"], row["user_name"], row["role"], row["id"], tuple(row["scopes"]))

    async def create_invite(self, identity: Identity, request: InviteRequest) -> NewInvite:
        """Make an invitation; its code is shown this once."""
        code = new_secret()
        values: dict[str, Any] = {
            "id": new_id(),
            "hash": digest(code),
            "role": request.role,
            "uses_left": request.uses,
            "created_by": identity.user_id,
            "created_at": now(),
            "expires_at": now() + timedelta(days=request.days),
        }
        await self._db.write(repository.insert_invite, values)
        return NewInvite(**_shown_invite(values), code=code)

    async def list_invites(self) -> list[Invite]:
        """Return the invitations that still hold, newest first."""
        return [Invite(**_shown_invite(row)) for row in await self._db.read(repository.list_invites, now())]

    async def delete_invite(self, invite_id: str) -> None:
        """Take an invitation back.

        Raises:
            InviteNotFound: there is none.
        """
        if not await self._db.write(repository.delete_invite, invite_id):
            raise InviteNotFound("There is no such invitation.")


def _is_past(moment: datetime | None, present: datetime) -> bool:
    return moment is not None and moment <= present


def _shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "name", "scopes", "created_at", "expires_at", "last_used_at")}


def _shown_invite(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "role", "uses_left", "created_at", "expires_at")}
