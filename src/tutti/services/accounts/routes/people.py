"""HTTP of other people: their profiles, and what admins do about accounts."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.params import Parameter

from tutti.kit.auth import Identity, requires
from tutti.kit.paging import DEFAULT_LIMIT, BadCursor, Cursor, Limit, Page
from tutti.kit.web import errors
from tutti.services.accounts.api import (
    Account,
    Invite,
    InviteNotFound,
    LastAdmin,
    NewInvite,
    PasswordReset,
    UserNotFound,
    UserProfile,
)
from tutti.services.accounts.api.bodies import AccountPatch, InviteRequest
from tutti.services.accounts.service import (
    AdministrationService,
    InvitesService,
    PasswordsService,
    ProfilesService,
)

_ADMIN = [requires("admin")]
_Query = Annotated[str | None, Parameter(query="q", max_length=100, description="Part of a name or e-mail address")]


@get("/users/{user_id:uuid}", responses=errors(UserNotFound))
async def get_profile(profiles: ProfilesService, identity: Identity, user_id: UUID) -> UserProfile:
    """Somebody's public face."""
    return await profiles.get_profile(identity, str(user_id))


@get("/users", guards=_ADMIN, responses=errors(BadCursor))
async def list_accounts(
    administration: AdministrationService, query: _Query = None, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[Account]:
    """All accounts by name; for admins."""
    return await administration.list_accounts(query, cursor, limit)


@patch("/users/{user_id:uuid}", guards=_ADMIN, responses=errors(UserNotFound, LastAdmin))
async def update_account(administration: AdministrationService, user_id: UUID, data: AccountPatch) -> Account:
    """Give a user another role, or disable or enable the account; for admins.

    A lower role ends the user's sessions; disabling ends them and revokes the API keys. The last admin stays one.
    """
    return await administration.update_account(str(user_id), data)


@post("/users/{user_id:uuid}/password-reset", guards=_ADMIN, responses=errors(UserNotFound))
async def create_password_reset(passwords: PasswordsService, user_id: UUID) -> PasswordReset:
    """Make a one-time token for somebody who forgot the password, to be handed over; for admins."""
    return await passwords.create_reset(str(user_id))


@get("/invites", guards=_ADMIN)
async def list_invites(invites: InvitesService) -> list[Invite]:
    """Invites that can still be used, the latest first; for admins."""
    return await invites.list_invites()


@post("/invites", guards=_ADMIN)
async def create_invite(invites: InvitesService, identity: Identity, data: InviteRequest) -> NewInvite:
    """Make an invite; its code is shown this once; for admins."""
    return await invites.create(identity, data)


@delete("/invites/{invite_id:uuid}", guards=_ADMIN, responses=errors(InviteNotFound))
async def withdraw_invite(invites: InvitesService, invite_id: UUID) -> None:
    """Withdraw an invite; for admins."""
    await invites.withdraw(str(invite_id))


routes = [
    get_profile,
    list_accounts,
    update_account,
    create_password_reset,
    list_invites,
    create_invite,
    withdraw_invite,
]
