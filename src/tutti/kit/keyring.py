"""Keys that sign addresses of our own, the same ones in every copy of a service.

A signature is ``kid.field.….mac``, the mac (HMAC-SHA256, 128 bits of it) over all of that and over what it is about.

Keys are replaced without a break and without anybody telling anybody: a new key is stored together with the time from
which it signs, so far ahead that every copy has read it by then, whatever its clock says. Old ones still verify.
"""

import asyncio
import base64
import hmac
import secrets
import time
from collections.abc import Sequence

import msgspec

from tutti.kit.secrets import SecretStore

READ_AGAIN_S = 60
"""How often copies read what others have stored."""
LEAD_S = 300
"""How long a new key is known before it signs: copies have read it by then, once or more, with clocks half a minute
apart and a database that was away for a moment; what they read may be half a minute old (``RECALLED_S``)."""
_MAC_BYTES = 16
_ASK_AGAIN_S = 1.0
"""Signatures with unknown keys make the store be read no more often than this."""


class _Key(msgspec.Struct, frozen=True, array_like=True):
    """A key as it is stored."""

    kid: str
    secret: str
    since: int = 0
    """When it begins to sign (Unix time); the keys of old files do not say."""


class KeyRing:
    """Signs and checks; both take microseconds and no look-up."""

    def __init__(self, store: SecretStore, name: str) -> None:
        self._store = store
        self._name = name
        self._keys: Sequence[_Key] = ()
        self._by_kid: dict[str, bytes] = {}
        self._read_at = -_ASK_AGAIN_S
        self._reading: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Read the keys, making one at the first start; half a minute of age harms none, see `LEAD_S`."""
        stored = await self._store.recall(self._name)
        if stored is None:
            stored = await self._store.change(self._name, lambda present: present or _encode([_new_key(time.time())]))
        self._use(stored)

    async def renew(self, present: float, every_s: int, kept_s: int) -> None:
        """Store a new key if the present one has signed for ``every_s`` seconds; forget what nobody can need.

        A key that signs no more is kept for ``kept_s`` seconds, the longest that anything it signed may be good.
        """

        def edit(stored: bytes | None) -> bytes:
            keys = _decode(stored) if stored else [_new_key(present)]
            if keys[0].since + every_s <= present:
                keys.insert(0, _new_key(present + LEAD_S))
            return _encode([key for at, key in enumerate(keys) if at == 0 or keys[at - 1].since + kept_s > present])

        self._use(await self._store.change(self._name, edit))

    def sign(self, about: str, *fields: str) -> str:
        """Return a signature of ``about`` that says ``fields``, none of which holds a dot."""
        present = time.time()
        key = next((key for key in self._keys if key.since <= present), self._keys[-1])
        said = ".".join((key.kid, *fields))
        return f"{said}.{_mac(self._by_kid[key.kid], about, said)}"

    def read(self, about: str, signature: str) -> list[str] | None:
        """Return the fields of a signature of ``about``; None if it is none, or of a key that is not known here."""
        said, _, mac = signature.rpartition(".")
        kid, *fields = said.split(".")
        key = self._by_kid.get(kid)
        if key is None:
            self._ask_again()
            return None
        return fields if hmac.compare_digest(_mac(key, about, said).encode(), mac.encode()) else None

    def _ask_again(self) -> None:
        """Read the keys soon: this process may have been kept from it for as long as a key takes to begin."""
        if self._reading is None and time.monotonic() - self._read_at >= _ASK_AGAIN_S:
            self._read_at = time.monotonic()
            self._reading = asyncio.create_task(self._load_again(), name=f"read {self._name}")
            self._reading.add_done_callback(self._has_read)

    async def _load_again(self) -> None:
        if (stored := await self._store.load(self._name)) is not None:
            self._use(stored)

    def _has_read(self, reading: asyncio.Task[None]) -> None:
        self._reading = None
        if not reading.cancelled():
            reading.exception()  # the next regular reading says what is wrong

    def _use(self, stored: bytes) -> None:
        self._read_at = time.monotonic()
        self._keys = _decode(stored)
        self._by_kid = {key.kid: key.secret.encode() for key in self._keys}


def _encode(keys: list[_Key]) -> bytes:
    return msgspec.json.encode(keys)


def _decode(stored: bytes) -> list[_Key]:
    return msgspec.json.decode(stored, type=list[_Key])


def _new_key(since: float) -> _Key:
    return _Key(secrets.token_hex(4), secrets.token_urlsafe(32), int(since))


def _mac(key: bytes, about: str, said: str) -> str:
    digest = hmac.digest(key, f"{about}|{said}".encode(), "sha256")[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
