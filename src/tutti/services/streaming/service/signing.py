"""Signed stream addresses: for one user's session, one track, until a moment.

``sig`` is ``kid.user.session.admin.expires.mac`` with the mac (HMAC-SHA256, 128 bits of it) over all of these and the
track. Keys lie in ``<data folder>/secrets/stream-keys.json``; the first signs, the others still verify. A new one is
made now and then, and an old one forgotten when every address that it signed has expired.
"""

import base64
import fcntl
import hmac
import os
import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tutti.kit.auth import REVOCATION_MEMORY_S
from tutti.services.streaming.api import BadSignature, StreamExpired

_FILE = Path("secrets") / "stream-keys.json"
_MAC_BYTES = 16
_MAX_LENGTH = 400
_KEPT_S = REVOCATION_MEMORY_S
"""No address lives longer, however the settings were when it was made."""
_READ_AGAIN_S = 1.0
"""Addresses with unknown keys make the file be read no more often than this."""


class Grant(msgspec.Struct, frozen=True):
    """What a signature says."""

    user_id: str
    session_id: str
    is_admin: bool
    expires_at: int
    """Unix time."""


class _Key(msgspec.Struct, frozen=True, array_like=True):
    """A key as it lies in the file."""

    kid: str
    secret: str
    since: int = 0
    """When it began to sign (Unix time); the keys of old files do not say."""


class Signer:
    """Signs and checks; both take microseconds and no look-up."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / _FILE
        self._keys: dict[str, bytes] = {}
        self._signing = ""
        self._read_at = -_READ_AGAIN_S

    def load(self) -> None:
        """Read the keys, making one at the first start."""
        if not self._path.exists():
            with self._changing() as keys:
                if not keys:
                    keys.append(_new_key(time.time()))
        self._use(self._read())

    def renew(self, present: float, every_s: int) -> None:
        """Sign with a new key if the present one has signed for ``every_s`` seconds; forget what nobody can need.

        A key that signs no more is kept for as long as an address may live. Waits for the disk.
        """
        with self._changing() as keys:
            if keys[0].since + every_s <= present:
                keys.insert(0, _new_key(present))
            keys[:] = [key for at, key in enumerate(keys) if at == 0 or keys[at - 1].since + _KEPT_S > present]
        self._use(self._read())

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
        key = self._find_key(parts[0])
        if key is None or not hmac.compare_digest(_mac(key, track_id, said).encode(), mac.encode()):
            raise BadSignature("This stream address is not valid.")
        _, user_id, session_id, is_admin, expires_at = parts
        if int(expires_at) + skew_s < present:
            raise StreamExpired("This stream address has expired; ask for a new one.")
        return Grant(user_id, session_id, is_admin == "1", int(expires_at))

    def _find_key(self, kid: str) -> bytes | None:
        """Return a key by its id; one that is unknown may be new, and made by another process on the same folder."""
        if kid not in self._keys and time.monotonic() - self._read_at >= _READ_AGAIN_S:
            self._use(self._read())
        return self._keys.get(kid)

    def _use(self, keys: list[_Key]) -> None:
        self._read_at = time.monotonic()
        self._keys = {key.kid: key.secret.encode() for key in keys}
        self._signing = keys[0].kid

    def _read(self) -> list[_Key]:
        return msgspec.json.decode(self._path.read_bytes(), type=list[_Key])

    @contextmanager
    def _changing(self) -> Generator[list[_Key], None, None]:
        """The keys, written when the block ends; one process at a time."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(self._path.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600), "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            keys = self._read() if self._path.exists() else []
            before = list(keys)
            yield keys
            if keys != before:
                self._write(keys)

    def _write(self, keys: list[_Key]) -> None:
        new = self._path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(keys))
            file.flush()
            os.fsync(file.fileno())  # an empty file after a power cut would lock everybody out
        new.replace(self._path)


def _new_key(present: float) -> _Key:
    return _Key(secrets.token_hex(4), secrets.token_urlsafe(32), int(present))


def _mac(key: bytes, track_id: str, said: str) -> str:
    digest = hmac.digest(key, f"{track_id}|{said}".encode(), "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
