"""HTTP of coming in and going out: setup, registration, login, refresh, logout."""

from litestar import get, post
from litestar.response import Response

from tutti.kit.auth import Identity
from tutti.kit.web import errors, public
from tutti.services.accounts.api import (
    AccountDisabled,
    BadEmail,
    BadInvite,
    BadName,
    BadResetToken,
    BadSetupToken,
    EmailTaken,
    InvalidLogin,
    LoginsBusy,
    Me,
    NameTaken,
    RegistrationClosed,
    SessionEnded,
    SessionNeeded,
    SetupDone,
    SetupState,
    Tokens,
    TooManyAttempts,
    WeakPassword,
)
from tutti.services.accounts.api.bodies import Login, NewUser, PasswordResetting, Refresh, Setup
from tutti.services.accounts.routes.callers import called, signed_in
from tutti.services.accounts.service import AccountsService, Caller, PasswordsService, SessionsService

_NEVER_STORED = {"Cache-Control": "no-store"}


@get("/setup", **public)
async def get_setup(accounts: AccountsService) -> SetupState:
    """Whether this server waits for its first admin, and how others come by an account."""
    return await accounts.get_setup_state()


@post("/setup", responses=errors(BadSetupToken, SetupDone, BadName, BadEmail, WeakPassword), **public)
async def set_up(accounts: AccountsService, data: Setup) -> Me:
    """Make the first admin, with the one-time token that `tutti serve` printed. Then log in."""
    return await accounts.set_up(data)


@post(
    "/users",
    responses=errors(
        RegistrationClosed,
        BadInvite,
        BadName,
        BadEmail,
        WeakPassword,
        NameTaken,
        EmailTaken,
        TooManyAttempts,
        LoginsBusy,
    ),
    **called,
    **public,
)
async def register(accounts: AccountsService, caller: Caller, data: NewUser) -> Me:
    """Make an account for oneself, where this server allows it. Then log in."""
    return await accounts.register(data, caller)


@post(
    "/auth/login",
    status_code=200,
    responses=errors(InvalidLogin, AccountDisabled, TooManyAttempts, LoginsBusy),
    **called,
    **public,
)
async def log_in(sessions: SessionsService, caller: Caller, data: Login) -> Response[Tokens]:
    """Start a session, by name or e-mail address."""
    return Response(await sessions.log_in(data, caller), headers=_NEVER_STORED)


@post("/auth/refresh", status_code=200, responses=errors(SessionEnded), **called, **public)
async def refresh(sessions: SessionsService, caller: Caller, data: Refresh) -> Response[Tokens]:
    """Exchange the refresh token for the next one and an access token.

    Using an old one again ends the session, save for a repeat within seconds (a lost answer, two tabs at once).
    """
    return Response(await sessions.refresh(data.refresh_token, caller), headers=_NEVER_STORED)


@post("/auth/logout", status_code=204, guards=[signed_in], responses=errors(SessionNeeded))
async def log_out(sessions: SessionsService, identity: Identity) -> None:
    """End this session."""
    await sessions.log_out(identity)


@post(
    "/auth/password-reset",
    status_code=204,
    responses=errors(BadResetToken, WeakPassword, LoginsBusy),
    **public,
)
async def reset_password(passwords: PasswordsService, data: PasswordResetting) -> None:
    """Set a new password with the one-time token that an admin handed over; ends every session of the account."""
    await passwords.reset(data)


routes = [get_setup, set_up, register, log_in, refresh, log_out, reset_password]
