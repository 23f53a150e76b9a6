"""What admins do: people and invitations."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from tutti.kit.auth import Identity, requires
from tutti.kit.paging import DEFAULT_LIMIT, BadCursor, Cursor, Limit, Page
from tutti.kit.web import errors
from tutti.services.accounts.api import (
    Account,
    AccountPatch,
    Invite,
    InviteNotFound,
    InviteRequest,
    LastAdmin,
    NewInvite,
    UserNotFound,
    WeakPassword,
)
from tutti.services.accounts.service import AccountsService, ApiKeysService

_ADMIN = [requires("admin")]


@get("/users", guards=_ADMIN, responses=errors(BadCursor))
async def list_accounts(
    accounts: NamedDependency[AccountsService],
    search: Annotated[str, QueryParameter(name="q", max_length=100, pattern=r"^[^\x00]*$")] = "",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Account]:
    """Every user, by name."""
    return await accounts.list_accounts(search, cursor, limit)


@patch("/users/{user_id:uuid}", guards=_ADMIN, responses=errors(UserNotFound, LastAdmin, WeakPassword))
async def update_account(
    accounts: NamedDependency[AccountsService], user_id: FromPath[UUID], data: JSONBody[AccountPatch]
) -> Account:
    """Change a user's role, disable them, or give them a new password. Their sessions end."""
    return await accounts.update_account(str(user_id), data)


@get("/invites", guards=_ADMIN)
async def list_invites(api_keys: NamedDependency[ApiKeysService]) -> list[Invite]:
    """The invitations that still hold."""
    return await api_keys.list_invites()


@post("/invites", guards=_ADMIN)
async def create_invite(
    api_keys: NamedDependency[ApiKeysService], identity: NamedDependency[Identity], data: JSONBody[InviteRequest]
) -> NewInvite:
    """Make an invitation. Its code is shown this once."""
    return await api_keys.create_invite(identity, data)


@delete("/invites/{invite_id:uuid}", guards=_ADMIN, responses=errors(InviteNotFound))
async def delete_invite(api_keys: NamedDependency[ApiKeysService], invite_id: FromPath[UUID]) -> None:
    """Take an invitation back."""
    await api_keys.delete_invite(str(invite_id))


routes = [list_accounts, update_account, list_invites, create_invite, delete_invite]
