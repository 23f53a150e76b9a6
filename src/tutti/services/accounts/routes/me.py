"""What is one's own: profile, preferences, password, sessions, API keys."""

from typing import Any
from uuid import UUID

from litestar import Request, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from tutti.kit.auth import Identity, MissingScope
from tutti.kit.errors import TooLarge
from tutti.kit.web import errors
from tutti.services.accounts.api import (
    ApiKey,
    ApiKeyNotFound,
    ApiKeyRequest,
    LastAdmin,
    Me,
    MePatch,
    NameTaken,
    NewApiKey,
    NotAnImage,
    PasswordChange,
    PasswordProof,
    Preferences,
    Session,
    SessionNotFound,
    TooManyAttempts,
    UnusableName,
    User,
    UserNotFound,
    WeakPassword,
    WrongCredentials,
)
from tutti.services.accounts.service import AccountsService, ApiKeysService, SessionsService
from tutti.services.accounts.service.avatars import AvatarsService
from tutti.services.accounts.service.keys import TooManyApiKeys


@get("/me")
async def get_me(accounts: NamedDependency[AccountsService], identity: NamedDependency[Identity]) -> Me:
    """Who you are."""
    return await accounts.get_me(identity)


@patch("/me", responses=errors(NameTaken, UnusableName))
async def update_me(
    accounts: NamedDependency[AccountsService], identity: NamedDependency[Identity], data: JSONBody[MePatch]
) -> Me:
    """Change your profile."""
    return await accounts.update_me(identity, data)


@delete("/me", responses=errors(WrongCredentials, TooManyAttempts, LastAdmin))
async def delete_me(
    accounts: NamedDependency[AccountsService],
    avatars: NamedDependency[AvatarsService],
    identity: NamedDependency[Identity],
    data: JSONBody[PasswordProof],
) -> None:
    """Delete your account, for good."""
    gone = await accounts.delete_me(identity, data.password)
    await avatars.forget(gone.avatar_id)


@post("/me/password", status_code=204, responses=errors(WrongCredentials, TooManyAttempts, WeakPassword))
async def change_password(
    accounts: NamedDependency[AccountsService], identity: NamedDependency[Identity], data: JSONBody[PasswordChange]
) -> None:
    """Set a new password. Your other sessions end."""
    await accounts.change_password(identity, data)


@get("/me/preferences")
async def get_preferences(
    accounts: NamedDependency[AccountsService], identity: NamedDependency[Identity]
) -> Preferences:
    """What you like."""
    return await accounts.get_preferences(identity)


@put("/me/preferences")
async def put_preferences(
    accounts: NamedDependency[AccountsService], identity: NamedDependency[Identity], data: JSONBody[Preferences]
) -> Preferences:
    """Say what you like."""
    return await accounts.put_preferences(identity, data)


@get("/users/{user_id:uuid}", responses=errors(UserNotFound))
async def get_user(accounts: NamedDependency[AccountsService], user_id: FromPath[UUID]) -> User:
    """A user, as others see them."""
    return await accounts.get_user(str(user_id))


@post("/auth/logout", status_code=204)
async def log_out(sessions: NamedDependency[SessionsService], identity: NamedDependency[Identity]) -> None:
    """End this session."""
    await sessions.log_out(identity)


@get("/me/sessions")
async def list_sessions(
    sessions: NamedDependency[SessionsService], identity: NamedDependency[Identity]
) -> list[Session]:
    """Where you are logged in."""
    return await sessions.list_sessions(identity)


@delete("/me/sessions")
async def end_other_sessions(sessions: NamedDependency[SessionsService], identity: NamedDependency[Identity]) -> None:
    """End every session but this one."""
    await sessions.end_sessions(identity.user_id, but=identity.session_id)


@delete("/me/sessions/{session_id:uuid}", responses=errors(SessionNotFound))
async def end_session(
    sessions: NamedDependency[SessionsService], identity: NamedDependency[Identity], session_id: FromPath[UUID]
) -> None:
    """End one of your sessions."""
    await sessions.end_session(identity, str(session_id))


@get("/me/api-keys")
async def list_api_keys(api_keys: NamedDependency[ApiKeysService], identity: NamedDependency[Identity]) -> list[ApiKey]:
    """Your API keys, without their secrets."""
    return await api_keys.list_keys(identity)


@post("/me/api-keys", responses=errors(MissingScope, TooManyApiKeys))
async def create_api_key(
    api_keys: NamedDependency[ApiKeysService], identity: NamedDependency[Identity], data: JSONBody[ApiKeyRequest]
) -> NewApiKey:
    """Make an API key. It is shown this once."""
    return await api_keys.create_key(identity, data)


@delete("/me/api-keys/{key_id:uuid}", responses=errors(ApiKeyNotFound))
async def delete_api_key(
    api_keys: NamedDependency[ApiKeysService], identity: NamedDependency[Identity], key_id: FromPath[UUID]
) -> None:
    """Delete an API key; it stops working at once."""
    await api_keys.delete_key(identity, str(key_id))


@put("/me/avatar", responses=errors(NotAnImage, TooLarge))
async def put_avatar(
    avatars: NamedDependency[AvatarsService], identity: NamedDependency[Identity], request: Request[Any, Any, Any]
) -> Me:
    """Upload an avatar: the body is a JPEG, PNG, WebP or GIF image."""
    return await avatars.put(identity, await request.body())


@delete("/me/avatar")
async def delete_avatar(avatars: NamedDependency[AvatarsService], identity: NamedDependency[Identity]) -> None:
    """Take your avatar away."""
    await avatars.delete(identity)


routes = [
    get_me,
    update_me,
    delete_me,
    change_password,
    get_preferences,
    put_preferences,
    get_user,
    log_out,
    list_sessions,
    end_other_sessions,
    end_session,
    list_api_keys,
    create_api_key,
    delete_api_key,
    put_avatar,
    delete_avatar,
]
