"""Who is asking: access tokens checked without a call, API keys through the service that owns them.

Access tokens are JWTs signed with Ed25519 (RFC 8037, ``alg: EdDSA``) whose header names the key (``kid``). Only
accounts holds private keys; every process holds the public ones.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from tutti.kit.errors import Forbidden, Unauthorized, Unavailable

ISSUER = "tutti"
AUDIENCE = "tutti-api"
CLOCK_SKEW_S = 30
API_KEY_PREFIX = "tutti_"
REVOCATION_MEMORY_S = 86_400
"""How long an ended session is remembered: nothing that is proven without a call may live longer."""
_REMEMBERED_TOKENS = 4096

Role = Literal["listener", "uploader", "admin"]
ROLES: tuple[Role, ...] = ("listener", "uploader", "admin")
Scope = Literal["read", "write", "admin"]


class InvalidToken(Unauthorized):
    """The access token is malformed, altered, expired or of a revoked session."""


class TrustAway(Unavailable):
    """This process does not know yet, or cannot find out, whose tokens are to be trusted."""


class MissingRole(Forbidden):
    """The user's role does not reach."""


class MissingScope(Forbidden):
    """The API key was not given this scope."""


class Identity(msgspec.Struct, frozen=True):
    """Who is asking; what routes receive as ``identity``."""

    user_id: str
    name: str
    role: Role
    session_id: str
    """The session of an access token, or the id of an API key."""
    scopes: tuple[Scope, ...] = ("read", "write", "admin")
    expires_at: float = 0.0
    """Unix time after which this proof no longer holds."""

    @property
    def is_admin(self) -> bool:
        """Whether the user runs this server (an API key also needs the scope)."""
        return self.role == "admin" and "admin" in self.scopes


class Trust(msgspec.Struct, frozen=True):
    """What tokens are checked with."""

    keys: dict[str, bytes]
    """Public Ed25519 keys (32 bytes), by ``kid``."""
    ended: list[str]
    """Ids of the sessions and API keys that were ended since the time that was asked for, and perhaps some before."""
    as_of: datetime
    """What to ask for the next time, by the clock of the database."""


class _Claims(msgspec.Struct, frozen=True):
    """What an access token of ours says (RFC 7519 §4.1, and the session's id)."""

    sub: str
    name: str
    role: Role
    sid: str
    exp: float


Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]
CheckApiKey = Callable[[str], Awaitable[Identity]]


class Authenticator:
    """Checks bearer credentials; knows the public keys and the sessions revoked within a token's lifetime."""

    def __init__(self) -> None:
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._check_api_key: CheckApiKey | None = None
        self._remembered: OrderedDict[str, Identity] = OrderedDict()
        self._revoked: dict[str, float] = {}
        self._ask_again: Callable[[], Awaitable[None]] | None = None

    def trust(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        """Replace the public keys, by ``kid``."""
        if self._keys != keys:
            self._keys = dict(keys)
            self._remembered.clear()

    def learn(self, trust: Trust) -> None:
        """Take over what whoever knows says."""
        self.trust({kid: Ed25519PublicKey.from_public_bytes(raw) for kid, raw in trust.keys.items()})
        self.revoke(trust.ended)

    def follow(self, ask_again: Callable[[], Awaitable[None]]) -> None:
        """Set who asks for the keys: of tokens whose key is not known here, it may be new elsewhere."""
        self._ask_again = ask_again

    async def find_problem(self) -> str | None:
        """Say that no token can be checked yet, or None; for the health check."""
        return None if self._keys else "the keys of access tokens are not known yet: accounts has not answered"

    def use_api_keys(self, check: CheckApiKey) -> None:
        """Set who checks API keys; once, while the process is built."""
        self._check_api_key = check

    def revoke(self, session_ids: Iterable[str]) -> None:
        """Refuse the tokens and stream addresses of sessions (or API keys) until all of them have expired."""
        now = time.time()
        if self._revoked and next(iter(self._revoked.values())) < now:
            self._revoked = {id_: end for id_, end in self._revoked.items() if end > now}
        self._revoked |= dict.fromkeys(session_ids, now + REVOCATION_MEMORY_S)

    def is_revoked(self, session_id: str) -> bool:
        """Whether a session was ended within the lifetime of its tokens."""
        return session_id in self._revoked

    async def identify(self, credentials: str) -> Identity:
        """Return who holds ``credentials``: an access token or an API key.

        Raises:
            Unauthorized: they are not valid, or no longer.
            TrustAway: nobody can tell at the moment.
        """
        if credentials.startswith(API_KEY_PREFIX):
            if self._check_api_key is None:
                raise InvalidToken("API keys are not taken here.")
            identity = await self._check_api_key(credentials)
            if self.is_revoked(identity.session_id):
                raise InvalidToken("This API key was deleted.", reason="revoked")
            return identity
        if self._ask_again is not None and not self._knows_key_of(credentials):
            await self._ask_again()
        return self.check_token(credentials)

    def check_token(self, token: str) -> Identity:
        """Check an access token: signature, lifetime, issuer, audience, session.

        Raises:
            InvalidToken: it does not hold.
        """
        identity = self._remembered.get(token)
        if identity is None:
            identity = self._decode(token)
            self._remembered[token] = identity
            if len(self._remembered) > _REMEMBERED_TOKENS:
                self._remembered.popitem(last=False)
        if identity.expires_at + CLOCK_SKEW_S <= time.time():
            raise InvalidToken("The access token has expired; refresh it.", reason="expired")
        if self.is_revoked(identity.session_id):
            raise InvalidToken("This session was ended; log in again.", reason="revoked")
        return identity

    def _knows_key_of(self, token: str) -> bool:
        if token in self._remembered:
            return True
        try:
            return jwt.get_unverified_header(token).get("kid", "") in self._keys
        except (jwt.InvalidTokenError, ValueError):
            return True  # it is no token: there is nothing to ask for

    def _decode(self, token: str) -> Identity:
        try:
            key = self._keys[jwt.get_unverified_header(token).get("kid", "")]
            checked = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=CLOCK_SKEW_S,
                options={"require": ["exp"]},
            )
            claims = msgspec.convert(checked, _Claims)
        except KeyError as error:
            raise InvalidToken("The access token names a key that is not ours.") from error
        except jwt.ExpiredSignatureError as error:
            raise InvalidToken("The access token has expired; refresh it.", reason="expired") from error
        except (jwt.InvalidTokenError, ValueError) as error:  # of msgspec, and of text that cannot be encoded
            raise InvalidToken("The access token is not valid.") from error
        return Identity(
            user_id=claims.sub,
            name=claims.name,
            role=claims.role,
            session_id=claims.sid,
            expires_at=claims.exp,
        )


def requires(role: Role, scope: Scope | None = None) -> Guard:
    """Guard for a route: at least ``role`` (listener < uploader < admin), and an API key that holds ``scope``."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        identity: Identity = connection.user
        if ROLES.index(identity.role) < ROLES.index(role):
            raise MissingRole(f"This needs the role {role}.", role=role)
        wanted: Scope = scope or ("admin" if role == "admin" else "read")
        if wanted not in identity.scopes:
            raise MissingScope(f"This API key lacks the scope {wanted}.", scope=wanted)

    return guard
