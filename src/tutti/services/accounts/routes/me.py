"""HTTP of oneself: profile, preferences, password, sessions, API keys."""

from uuid import UUID

from litestar import delete, get, patch, post, put

from tutti.kit.auth import Identity
from tutti.kit.web import errors
from tutti.services.accounts.api import (
    ApiKey,
    ApiKeyNotFound,
    BadEmail,
    EmailTaken,
    LastAdmin,
    LoginsBusy,
    Me,
    NewApiKey,
    Preferences,
    ScopeNotYours,
    Session,
    SessionNeeded,
    SessionNotFound,
    TooManyApiKeys,
    TooManyAttempts,
    WeakPassword,
    WrongPassword,
)
from tutti.services.accounts.api.bodies import AccountDeletion, ApiKeyRequest, PasswordChange, ProfilePatch
from tutti.services.accounts.routes.callers import signed_in
from tutti.services.accounts.service import ApiKeysService, PasswordsService, ProfilesService, SessionsService


@get("/me")
async def get_me(profiles: ProfilesService, identity: Identity) -> Me:
    """Your account."""
    return await profiles.get_me(identity)


@patch("/me", guards=[signed_in], responses=errors(BadEmail, EmailTaken, TooManyAttempts, SessionNeeded))
async def update_me(profiles: ProfilesService, identity: Identity, data: ProfilePatch) -> Me:
    """Change your display name, bio or e-mail address."""
    return await profiles.update_me(identity, data)


@delete("/me", guards=[signed_in], responses=errors(WrongPassword, LastAdmin, TooManyAttempts, SessionNeeded))
async def delete_me(profiles: ProfilesService, identity: Identity, data: AccountDeletion) -> None:
    """Delete your account, for good."""
    await profiles.delete_me(identity, data.password)


@get("/me/preferences")
async def get_preferences(profiles: ProfilesService, identity: Identity) -> Preferences:
    """What you chose."""
    return await profiles.get_my_preferences(identity)


@put("/me/preferences")
async def set_preferences(profiles: ProfilesService, identity: Identity, data: Preferences) -> Preferences:
    """Replace what you chose; a field left out goes back to its default."""
    return await profiles.set_preferences(identity, data)


@post(
    "/me/password",
    status_code=204,
    guards=[signed_in],
    responses=errors(WrongPassword, WeakPassword, TooManyAttempts, LoginsBusy, SessionNeeded),
)
async def change_password(passwords: PasswordsService, identity: Identity, data: PasswordChange) -> None:
    """Change your password; ends your other sessions."""
    await passwords.change(identity, data)


@get("/me/sessions", guards=[signed_in], responses=errors(SessionNeeded))
async def list_sessions(sessions: SessionsService, identity: Identity) -> list[Session]:
    """Where you are logged in, the latest first."""
    return await sessions.list_sessions(identity)


@delete("/me/sessions", guards=[signed_in], responses=errors(SessionNeeded))
async def end_other_sessions(sessions: SessionsService, identity: Identity) -> None:
    """End all your sessions but this one."""
    await sessions.end_others(identity)


@delete("/me/sessions/{session_id:uuid}", guards=[signed_in], responses=errors(SessionNotFound, SessionNeeded))
async def end_session(sessions: SessionsService, identity: Identity, session_id: UUID) -> None:
    """End one of your sessions; its tokens are refused from now on."""
    await sessions.end(identity, str(session_id))


@get("/me/api-keys", guards=[signed_in], responses=errors(SessionNeeded))
async def list_api_keys(api_keys: ApiKeysService, identity: Identity) -> list[ApiKey]:
    """Your API keys, the latest first."""
    return await api_keys.list_keys(identity)


@post("/me/api-keys", guards=[signed_in], responses=errors(ScopeNotYours, TooManyApiKeys, SessionNeeded))
async def create_api_key(api_keys: ApiKeysService, identity: Identity, data: ApiKeyRequest) -> NewApiKey:
    """Make an API key; the key itself is shown this once."""
    return await api_keys.create(identity, data)


@delete("/me/api-keys/{key_id:uuid}", guards=[signed_in], responses=errors(ApiKeyNotFound, SessionNeeded))
async def revoke_api_key(api_keys: ApiKeysService, identity: Identity, key_id: UUID) -> None:
    """Revoke an API key; it is refused from now on."""
    await api_keys.revoke(identity, str(key_id))


routes = [
    get_me,
    update_me,
    delete_me,
    get_preferences,
    set_preferences,
    change_password,
    list_sessions,
    end_other_sessions,
    end_session,
    list_api_keys,
    create_api_key,
    revoke_api_key,
]
