"""Access tokens (JWT, EdDSA) and the keys that sign them; the secrets of refresh tokens and API keys.

Keys lie in ``<data folder>/secrets/token-keys.json``, mode 600. The first one signs; the others still verify, until
their last tokens have expired. Whoever fears that the file was read deletes it and restarts: access tokens end at once,
sessions go on with their refresh tokens.
"""

import base64
import hashlib
import hmac
import os
import secrets
from datetime import timedelta
from pathlib import Path

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tutti.kit.auth import AUDIENCE, ISSUER, REVOCATION_MEMORY_S, Role
from tutti.kit.clock import now

_FILE = Path("secrets") / "token-keys.json"


class _KeyFile(msgspec.Struct, frozen=True):
    signing: list[tuple[str, str]]
    """``kid`` and the private key (32 bytes, base64), the one that signs first."""
    refresh: str
    """Secret that the successor of a refresh token is derived with."""
    renewed_at: float = 0.0
    """Unix time since which the first key signs."""


class TokenKeys:
    """Signs access tokens and derives refresh tokens."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / _FILE
        self._stored = _KeyFile([], "")
        self._keys: dict[str, Ed25519PrivateKey] = {}
        self._signing = ""
        self._refresh = b""

    def load(self) -> dict[str, Ed25519PublicKey]:
        """Read the keys, making them at the first start; return the public ones by ``kid``."""
        if self._path.exists():
            self._take(msgspec.json.decode(self._path.read_bytes(), type=_KeyFile))
        else:
            self._keep(_KeyFile([_new_key()], secrets.token_urlsafe(32), now().timestamp()))
        return self._public()

    def renew(self, after: timedelta) -> dict[str, Ed25519PublicKey]:
        """Sign with a new key if the present one is older than ``after``; return the public keys by ``kid``.

        The old key verifies for as long as ended sessions are remembered, which is longer than any token lives; then
        a later call drops it. ``after`` is a day or more, so that there are two keys at the most.
        """
        signing, age_s = self._stored.signing, now().timestamp() - self._stored.renewed_at
        if age_s >= after.total_seconds():
            kept = [_new_key(), signing[0]]
            self._keep(msgspec.structs.replace(self._stored, signing=kept, renewed_at=now().timestamp()))
        elif age_s >= REVOCATION_MEMORY_S and len(signing) > 1:
            self._keep(msgspec.structs.replace(self._stored, signing=signing[:1]))
        return self._public()

    def sign(self, *, user_id: str, name: str, role: Role, session_id: str, issued_at: float, lifetime_s: int) -> str:
        """Return an access token."""
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": user_id, "name": name, "role": role, "sid": session_id}
        claims |= {"iat": int(issued_at), "exp": int(issued_at) + lifetime_s}
        return jwt.encode(claims, self._keys[self._signing], algorithm="EdDSA", headers={"kid": self._signing})

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

    def _public(self) -> dict[str, Ed25519PublicKey]:
        return {kid: key.public_key() for kid, key in self._keys.items()}

    def _keep(self, keys: _KeyFile) -> None:
        self._write(keys)
        self._take(keys)

    def _take(self, stored: _KeyFile) -> None:
        self._stored = stored
        self._keys = {
            kid: Ed25519PrivateKey.from_private_bytes(base64.b64decode(private)) for kid, private in stored.signing
        }
        self._signing = stored.signing[0][0]
        self._refresh = stored.refresh.encode()

    def _write(self, keys: _KeyFile) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(keys))
            file.flush()
            os.fsync(file.fileno())  # a power cut must not leave an empty file of this name
        new.replace(self._path)


def new_secret() -> str:
    """Return 256 random bits, for URLs and headers."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is stored of a secret: it has 256 random bits, so a plain hash gives nobody a way back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _new_key() -> tuple[str, str]:
    return secrets.token_hex(8), base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def _public_part(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
