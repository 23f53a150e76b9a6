"""Signed addresses of our own, for objects in a local folder.

A signature is ``kid.expires.mac``, the mac (HMAC-SHA256, 128 bits of it) over both and over what it allows. Keys lie in
``<data folder>/secrets/``; the first signs, the others still verify, so that a key can be replaced without a break.
"""

import base64
import hmac
import os
import secrets
from pathlib import Path

import msgspec

from tutti.kit.storage.errors import AddressAltered, AddressExpired

MAX_SIGNATURE = 200
_MAC_BYTES = 16


class AddressSigner:
    """Signs and checks; both take microseconds and no look-up."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[str, bytes] = {}
        self._signing = ""

    def load(self) -> None:
        """Read the keys, making one at the first start."""
        if not self._path.exists():
            self._write([(secrets.token_hex(4), secrets.token_urlsafe(32))])
        stored = msgspec.json.decode(self._path.read_bytes(), type=list[tuple[str, str]])
        self._keys = {kid: key.encode() for kid, key in stored}
        self._signing = stored[0][0]

    def sign(self, what: str, expires_at: int) -> str:
        """Return the signature that allows ``what`` until then (Unix time)."""
        said = f"{self._signing}.{expires_at}"
        return f"{said}.{_mac(self._keys[self._signing], what, said)}"

    def check(self, what: str, signature: str, present: float) -> None:
        """Let pass who holds a signature for ``what``.

        Raises:
            AddressAltered: it is for something else, or none of ours.
            AddressExpired: it was good once.
        """
        said, _, mac = signature[:MAX_SIGNATURE].rpartition(".")
        kid, _, expires_at = said.partition(".")
        key = self._keys.get(kid)
        if key is None or not hmac.compare_digest(_mac(key, what, said).encode(), mac.encode()):
            raise AddressAltered("This address is not valid; send to it exactly as it was given.")
        if int(expires_at) < present:
            raise AddressExpired("This address has expired; ask for a new one.")

    def _write(self, keys: list[tuple[str, str]]) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(keys))
        new.replace(self._path)


def _mac(key: bytes, what: str, said: str) -> str:
    digest = hmac.digest(key, f"{what}|{said}".encode(), "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
