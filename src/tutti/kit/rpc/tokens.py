"""Tokens by which processes of one installation know each other: JWTs (RFC 7519), signed with Ed25519 (RFC 8037).

The key pair is derived by HKDF-SHA256 (RFC 5869) from a secret that all of them share, so there is none to hand round.
A token says who calls (``iss``) and which service it is for (``aud``): what one service was sent opens no other.
"""

import hashlib
import time
from collections.abc import Sequence

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LIFETIME_S = 60
CLOCK_SKEW_S = 30
_RENEW_S = 15
"""A token with less than this left is not sent any more."""
_KEY_BYTES = 32
_PURPOSE = b"tutti rpc token key v1"
_REMEMBERED = 1024
_ALGORITHM = "EdDSA"


class TokenRefused(Exception):
    """The token is not one of ours, not for this service, or not good now; the message says which, for the log."""


class _Claims(msgspec.Struct, frozen=True):
    """What a token says (RFC 7519 §4.1)."""

    iss: str
    aud: str
    exp: float
    iat: float


class Signer:
    """Makes the tokens of a process."""

    def __init__(self, secrets: Sequence[bytes], caller: str) -> None:
        self._key = _derive(secrets[0])
        self._kid = _key_id(self._key.public_key())
        self._caller = caller
        self._tokens: dict[str, tuple[str, float]] = {}

    def token(self, service: str) -> str:
        """Return a token for calls to ``service``, the same one until it is nearly over."""
        present = time.time()
        token, expires_at = self._tokens.get(service, ("", 0.0))
        if not present + _RENEW_S < expires_at <= present + LIFETIME_S:  # the clock may have been set back
            expires_at = present + LIFETIME_S
            claims = {"iss": self._caller, "aud": service, "iat": present, "exp": expires_at}
            token = jwt.encode(claims, self._key, algorithm=_ALGORITHM, headers={"kid": self._kid})
            self._tokens[service] = token, expires_at
        return token


class Verifier:
    """Checks the tokens of others: signatures once, lifetimes each time."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        keys = [_derive(secret).public_key() for secret in secrets]
        self._keys = {_key_id(key): key for key in keys}
        self._remembered: dict[str, _Claims] = {}

    def check(self, token: str, service: str) -> str:
        """Return who sent ``token`` with a call to ``service``.

        Raises:
            TokenRefused: it does not hold.
        """
        claims = self._remembered.get(token)
        if claims is None:
            claims = self._decode(token)
            self._remember(token, claims)
        present = time.time()
        if claims.exp + CLOCK_SKEW_S <= present:
            raise TokenRefused(f"the token of {claims.iss} has expired, or the clocks differ by more than a minute")
        if claims.aud != service:
            raise TokenRefused(f"the token of {claims.iss} is for {claims.aud}")
        return claims.iss

    def _remember(self, token: str, claims: _Claims) -> None:
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()  # each caller brings one a minute: this is rare, and costs one signature each
        self._remembered[token] = claims

    def _decode(self, token: str) -> _Claims:
        try:
            key = self._keys[jwt.get_unverified_header(token).get("kid", "")]
            checked = jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                leeway=CLOCK_SKEW_S,
                options={"require": ["exp", "iat", "iss", "aud"], "verify_aud": False},
            )
            claims = msgspec.convert(checked, _Claims)
        except KeyError as error:
            raise TokenRefused("the token is signed with a secret that is not ours") from error
        except (jwt.InvalidTokenError, ValueError) as error:  # of msgspec, and of text that cannot be encoded
            raise TokenRefused(f"the token does not hold: {error}") from error
        if claims.exp - claims.iat > LIFETIME_S:
            raise TokenRefused(f"the token of {claims.iss} was made to last too long")
        return claims


def _derive(secret: bytes) -> Ed25519PrivateKey:
    seed = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE).derive(secret)
    return Ed25519PrivateKey.from_private_bytes(seed)


def _key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]
