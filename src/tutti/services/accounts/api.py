"""What others may know of accounts: types on the wire, errors, events, and the calls it answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Literal, Protocol

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tutti.kit.auth import Identity, Role, Scope, Trust
from tutti.kit.errors import Conflict, Forbidden, Invalid, NotFound, TooManyRequests, Unauthorized, UnsupportedType
from tutti.kit.events.event import Event
from tutti.kit.rpc.marks import idempotent

PASSWORD_MIN, PASSWORD_MAX = 10, 256
_TEXT = r"^[^\x00]*$"  # PostgreSQL stores no zero byte
_LINE = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Password = Annotated[str, Meta(min_length=1, max_length=1024)]
DisplayName = Annotated[str, Meta(min_length=1, max_length=80, pattern=_LINE)]
Bio = Annotated[str, Meta(max_length=2000, pattern=_TEXT)]


class UserNotFound(NotFound):
    """No such user."""


class SessionNotFound(NotFound):
    """No such session of yours."""


class ApiKeyNotFound(NotFound):
    """No such API key of yours."""


class InviteNotFound(NotFound):
    """No such invitation."""


class AvatarNotFound(NotFound):
    """This user has no avatar."""


class WrongCredentials(Unauthorized):
    """Name or password is wrong, or the account is disabled."""


class RefreshRefused(Unauthorized):
    """The refresh token is not valid, has been used before, or its session has ended."""


class SetupDone(Conflict):
    """Somebody has set this server up already."""


class WrongSetupToken(Forbidden):
    """The setup token is not the one printed at the last start."""


class NameTaken(Conflict):
    """The name or e-mail address is in use."""


class UnusableName(Invalid):
    """The name or e-mail address has a form that is not taken."""


class WeakPassword(Invalid):
    """The password is too short or too common."""


class RegistrationClosed(Forbidden):
    """Nobody can register here, or only with an invitation that holds."""


class LastAdmin(Conflict):
    """Somebody has to be able to run this server."""


class TooManyAttempts(TooManyRequests):
    """Too many wrong passwords; wait."""


class NotAnImage(UnsupportedType):
    """The file is not an image that can be read."""


class UserRegistered(Event, frozen=True):
    """Somebody has an account now."""

    TYPE: ClassVar[str] = "accounts.UserRegistered"
    KEY: ClassVar[str] = "user_id"
    user_id: str
    name: str
    role: str


class UserChanged(Event, frozen=True):
    """A profile, role or state of an account changed."""

    TYPE: ClassVar[str] = "accounts.UserChanged"
    KEY: ClassVar[str] = "user_id"
    user_id: str


class UserDeleted(Event, frozen=True):
    """An account is gone."""

    TYPE: ClassVar[str] = "accounts.UserDeleted"
    KEY: ClassVar[str] = "user_id"
    user_id: str


class SetupState(msgspec.Struct, frozen=True, rename="camel"):
    """Whether the first admin is still to be made, and who may register."""

    needed: bool
    registration: Literal["open", "invite", "closed"]
    version: str


class Setup(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The first admin."""

    token: Annotated[str, Meta(max_length=200)]
    name: Name
    password: Password
    email: str | None = None


class Registration(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A new account."""

    name: Name
    password: Password
    email: str | None = None
    invite: Annotated[str, Meta(max_length=200)] | None = None


class Login(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A name or e-mail address, and the password."""

    name: Annotated[str, Meta(min_length=1, max_length=320, pattern=_LINE)]
    password: Password
    device: (
        Annotated[str, Meta(max_length=120, pattern=_LINE, description="What the session list should call it")] | None
    ) = None


class Refresh(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The newest refresh token of a session."""

    refresh_token: Annotated[str, Meta(max_length=200)]


class Tokens(msgspec.Struct, frozen=True, rename="camel"):
    """What a session proves itself with. Each refresh token is good for one refresh."""

    access_token: str
    refresh_token: str
    expires_in: int
    """Seconds until the access token expires."""


class User(msgspec.Struct, frozen=True, rename="camel"):
    """What other users see of a user."""

    id: str
    name: str
    display_name: str
    bio: str | None
    avatar_id: str | None


class Me(User, frozen=True, rename="camel"):
    """What a user sees of themselves."""

    email: str | None
    role: Role
    created_at: datetime


class Account(Me, frozen=True, rename="camel"):
    """What an admin sees of a user."""

    disabled: bool
    last_seen_at: datetime | None


class MePatch(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Changes of one's own profile."""

    display_name: DisplayName | UnsetType = UNSET
    bio: Bio | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET


class AccountPatch(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An admin's changes of a user."""

    role: Role | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    password: Password | UnsetType = UNSET


class PasswordChange(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A new password; the other sessions end."""

    current: Password
    new: Password


class PasswordProof(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The password again, for what cannot be undone."""

    password: Password


class Session(msgspec.Struct, frozen=True, rename="camel"):
    """Where a user is logged in."""

    id: str
    device: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    current: bool


class ApiKeyRequest(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A key to be made."""

    name: Annotated[str, Meta(min_length=1, max_length=80, pattern=_LINE)]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=3)]
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None


class ApiKey(msgspec.Struct, frozen=True, rename="camel"):
    """A key, without its secret."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewApiKey(ApiKey, frozen=True, rename="camel"):
    """A key with its secret, which is shown this once."""

    key: str


class InviteRequest(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An invitation to be made."""

    role: Role = "listener"
    uses: Annotated[int, Meta(ge=1, le=100)] = 1
    days: Annotated[int, Meta(ge=1, le=365)] = 14


class Invite(msgspec.Struct, frozen=True, rename="camel"):
    """An invitation, without its code."""

    id: str
    role: Role
    uses_left: int
    created_at: datetime
    expires_at: datetime


class NewInvite(Invite, frozen=True, rename="camel"):
    """An invitation with its code, which is shown this once."""

    code: str


class Preferences(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a user likes; every device follows it."""

    theme: Literal["system", "dark", "light"] = "system"
    language: Annotated[str, Meta(max_length=16, pattern=_LINE)] = ""
    audio_quality: Literal["auto", "data-saver", "high", "lossless"] = "auto"
    genres: Annotated[list[Annotated[str, Meta(max_length=100, pattern=_LINE)]], Meta(max_length=50)] = []
    share_listening: bool = True
    replay_gain: Literal["off", "track", "album"] = "track"


class Accounts(Protocol):
    """The calls other services need."""

    @idempotent
    async def get_users(self, user_ids: Sequence[str]) -> list[User]:
        """Return the users among ``user_ids`` that exist, in the order asked."""
        ...

    @idempotent
    async def find_role(self, user_id: str, session_id: str) -> Role | None:
        """Return the role of a user who acts by a session, or an API key, of that id; None once either has ended."""
        ...

    @idempotent
    async def check_api_key(self, key: str) -> Identity:
        """Return who an API key speaks for.

        Raises:
            Unauthorized: it is unknown, expired or revoked, or its user is disabled.
        """
        ...

    @idempotent
    async def get_trust(self, since: datetime | None) -> Trust:
        """Return the keys that tokens are checked with, and the sessions and API keys that ended since then.

        ``since`` is the ``as_of`` of the answer before; None for all that anybody still has to know of.
        """
        ...
