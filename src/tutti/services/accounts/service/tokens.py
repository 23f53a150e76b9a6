"""Access tokens (JWT, EdDSA) and the keys that sign them; the secrets of refresh tokens and API keys.

Keys are kept as the secret ``token-keys`` (`tutti.kit.secrets`), the same for all copies of accounts. The first one
signs from its time on; the others still verify, until their last tokens have expired. Whoever fears that it was read
deletes it and restarts: access tokens end at once, sessions go on with their refresh tokens.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tutti.kit.auth import AUDIENCE, ISSUER, REVOCATION_MEMORY_S, Role
from tutti.kit.clock import now
from tutti.kit.keyring import LEAD_S
from tutti.kit.secrets import SecretStore

_NAME = "token-keys"


class _Stored(msgspec.Struct, frozen=True):
    signing: list[tuple[str, str]]
    """``kid`` and the private key (32 bytes, base64), the one that signs first."""
    refresh: str
    """Secret that the successor of a refresh token is derived with."""
    renewed_at: float = 0.0
    """Unix time from which the first key signs; until then it is the second one."""


class TokenKeys:
    """Signs access tokens and derives refresh tokens."""

    def __init__(self, store: SecretStore) -> None:
        self._store = store
        self._stored: _Stored = _Stored([], "")
        self._keys: dict[str, Ed25519PrivateKey] = {}
        self._refresh = b""

    async def load(self) -> Mapping[str, Ed25519PublicKey]:
        """Read the keys, making them at the first start; return the public ones by ``kid``."""
        stored = await self._store.load(_NAME)
        if stored is None:
            stored = await self._store.change(_NAME, lambda present: present or msgspec.json.encode(_first_keys()))
        return self._take(stored)

    async def renew(self, after: timedelta) -> Mapping[str, Ed25519PublicKey]:
        """Have a new key sign soon if the present one is older than ``after``; return the public keys by ``kid``.

        It begins `LEAD_S` from now: every process trusts it by then. The old key verifies for as long as ended
        sessions are remembered, which is longer than any token lives; then a later call drops it. ``after`` is a day
        or more, so that there are two keys at the most.
        """

        def edit(stored: bytes | None) -> bytes:
            return msgspec.json.encode(_renewed(_decode(stored), after) if stored else _first_keys())

        return self._take(await self._store.change(_NAME, edit))

    def sign(self, *, user_id: str, name: str, role: Role, session_id: str, issued_at: float, lifetime_s: int) -> str:
        """Return an access token."""
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": user_id, "name": name, "role": role, "sid": session_id}
        claims |= {"iat": int(issued_at), "exp": int(issued_at) + lifetime_s}
        kid = self._signing_kid()
        return jwt.encode(claims, self._keys[kid], algorithm="EdDSA", headers={"kid": kid})

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public keys as a JSON Web Key Set (RFC 7517, RFC 8037)."""
        return {
            "keys": [
                {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": _public_part(key)}
                for kid, key in self._keys.items()
            ]
        }

    def successor(self, refresh_token: str) -> str:
        """Return the refresh token that follows: the same one each time, which makes a repeated refresh harmless."""
        digest = hmac.digest(self._refresh, refresh_token.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _signing_kid(self) -> str:
        signing = self._stored.signing
        return signing[0 if self._stored.renewed_at <= now().timestamp() else -1][0]

    def _take(self, content: bytes) -> Mapping[str, Ed25519PublicKey]:
        stored = _decode(content)
        if stored != self._stored:
            self._stored = stored
            self._keys = {kid: _private_key(private) for kid, private in stored.signing}
            self._refresh = stored.refresh.encode()
        return {kid: key.public_key() for kid, key in self._keys.items()}


def new_secret() -> str:
    """Return 256 random bits, for URLs and headers."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is stored of a secret: it has 256 random bits, so a plain hash gives nobody a way back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _first_keys() -> _Stored:
    return _Stored([_new_key()], secrets.token_urlsafe(32), now().timestamp())


def _renewed(stored: _Stored, after: timedelta) -> _Stored:
    signing, age_s = stored.signing, now().timestamp() - stored.renewed_at
    if age_s >= after.total_seconds():
        kept = [_new_key(), signing[0]]
        return msgspec.structs.replace(stored, signing=kept, renewed_at=now().timestamp() + LEAD_S)
    if age_s >= REVOCATION_MEMORY_S and len(signing) > 1:
        return msgspec.structs.replace(stored, signing=signing[:1])
    return stored


def _decode(content: bytes) -> _Stored:
    return msgspec.json.decode(content, type=_Stored)


def _private_key(encoded: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(encoded))


def _new_key() -> tuple[str, str]:
    return secrets.token_hex(8), base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def _public_part(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
