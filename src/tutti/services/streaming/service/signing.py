"""Signed stream addresses: for one user's session, one track, until a moment.

``sig`` is ``kid.user.session.admin.expires.mac`` with the mac (HMAC-SHA256, 128 bits of it) over all of these and the
track. Keys lie in ``<data folder>/secrets/stream-keys.json``; the first signs, the others still verify.
"""

import base64
import hmac
import os
import secrets
from pathlib import Path

import msgspec

from tutti.services.streaming.api import BadSignature, StreamExpired

_FILE = Path("secrets") / "stream-keys.json"
_MAC_BYTES = 16
_MAX_LENGTH = 400


class Grant(msgspec.Struct, frozen=True):
    """What a signature says."""

    user_id: str
    session_id: str
    is_admin: bool
    expires_at: int
    """Unix time."""


class Signer:
    """Signs and checks; both take microseconds and no look-up."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / _FILE
        self._keys: dict[str, bytes] = {}
        self._signing = ""

    def load(self) -> None:
        """Read the keys, making one at the first start."""
        if not self._path.exists():
            self._write([(secrets.token_hex(4), secrets.token_urlsafe(32))])
        stored = msgspec.json.decode(self._path.read_bytes(), type=list[tuple[str, str]])
        self._keys = {kid: key.encode() for kid, key in stored}
        self._signing = stored[0][0]

    def sign(self, track_id: str, grant: Grant) -> str:
        """Return the signature that lets the holder hear ``track_id``."""
        said = ".".join(
            (self._signing, grant.user_id, grant.session_id, "1" if grant.is_admin else "0", str(grant.expires_at))
        )
        return f"{said}.{_mac(self._keys[self._signing], track_id, said)}"

    def check(self, track_id: str, signature: str, present: float, skew_s: int) -> Grant:
        """Return what the signature says.

        Raises:
            BadSignature: altered, of another track, or made with a key that is no longer ours.
            StreamExpired: it was good once.
        """
        said, _, mac = signature[:_MAX_LENGTH].rpartition(".")
        parts = said.split(".")
        key = self._keys.get(parts[0])
        if key is None or not hmac.compare_digest(_mac(key, track_id, said).encode(), mac.encode()):
            raise BadSignature("This stream address is not valid.")
        _, user_id, session_id, is_admin, expires_at = parts
        if int(expires_at) + skew_s < present:
            raise StreamExpired("This stream address has expired; ask for a new one.")
        return Grant(user_id, session_id, is_admin == "1", int(expires_at))

    def _write(self, keys: list[tuple[str, str]]) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(keys))
        new.replace(self._path)


def _mac(key: bytes, track_id: str, said: str) -> str:
    digest = hmac.digest(key, f"{track_id}|{said}".encode(), "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
