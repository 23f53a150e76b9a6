"""Keys that sign addresses of our own, in a file that only this user may read.

A signature is ``kid.field.….mac``, the mac (HMAC-SHA256, 128 bits of it) over all of that and over what it is about.
The first key of the file signs, the others still verify, so that a key is replaced without a break.
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

_MAC_BYTES = 16
_READ_AGAIN_S = 1.0
"""Signatures with unknown keys make the file be read no more often than this."""


class _Key(msgspec.Struct, frozen=True, array_like=True):
    """A key as it lies in the file."""

    kid: str
    secret: str
    since: int = 0
    """When it began to sign (Unix time); the keys of old files do not say."""


class KeyRing:
    """Signs and checks; both take microseconds and no look-up."""

    def __init__(self, path: Path) -> None:
        self._path = path
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

    def renew(self, present: float, every_s: int, kept_s: int) -> None:
        """Sign with a new key if the present one has signed for ``every_s`` seconds; forget what nobody can need.

        A key that signs no more is kept for ``kept_s`` seconds, the longest that anything it signed may be good.
        Waits for the disk.
        """
        with self._changing() as keys:
            if keys[0].since + every_s <= present:
                keys.insert(0, _new_key(present))
            keys[:] = [key for at, key in enumerate(keys) if at == 0 or keys[at - 1].since + kept_s > present]
        self._use(self._read())

    def sign(self, about: str, *fields: str) -> str:
        """Return a signature of ``about`` that says ``fields``, none of which holds a dot."""
        said = ".".join((self._signing, *fields))
        return f"{said}.{_mac(self._keys[self._signing], about, said)}"

    def read(self, about: str, signature: str) -> list[str] | None:
        """Return the fields of a signature of ``about``; None if it is none, or of a key that is not ours."""
        said, _, mac = signature.rpartition(".")
        kid, *fields = said.split(".")
        key = self._find(kid)
        if key is None or not hmac.compare_digest(_mac(key, about, said).encode(), mac.encode()):
            return None
        return fields

    def _find(self, kid: str) -> bytes | None:
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


def _mac(key: bytes, about: str, said: str) -> str:
    digest = hmac.digest(key, f"{about}|{said}".encode(), "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
