"""What only this installation may know: keys that sign, tokens that open.

One process keeps each secret in a file that only its user may read. Where several processes share an installation
(``TUTTI_CLUSTER_SECRETS`` is set), secrets lie in the database, encrypted with AES-256-GCM (NIST SP 800-38D) under a
key that HKDF-SHA256 (RFC 5869) derives of the cluster's first secret: a copy of the database alone opens nothing.
"""

import asyncio
import fcntl
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from tutti.kit.clock import now
from tutti.kit.db import Database, UtcTime, metadata
from tutti.kit.settings import BadSetting
from tutti.kit.stores import Stores

SECRETS_FOLDER = "secrets"
_PURPOSE = b"tutti: secrets in the database, AES-256-GCM"
_FORM = b"\x01"
"""What stored secrets begin with: the form, should there ever be another."""
_NONCE_BYTES = 12
RECALLED_S = 30
"""How old a secret may be that is recalled: one that was replaced just while another copy read it is shared so long."""

Edit = Callable[[bytes | None], bytes]
"""Makes the new content of a secret out of the present one; None where there is none yet."""

stored = sa.Table(
    "secrets_stored",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=True),
    sa.Column("changed_at", UtcTime, nullable=False),
)


class WrongClusterSecret(BadSetting):
    """A stored secret was encrypted with none of the secrets that this process was given."""


class SecretStore(Protocol):
    """Keeps secrets by name (lower-case words joined by ``-``); every copy of a service finds the same ones."""

    async def load(self, name: str) -> bytes | None:
        """Return a secret; None where there is none.

        Raises:
            WrongClusterSecret: it cannot be opened here.
        """
        ...

    async def recall(self, name: str) -> bytes | None:
        """Return a secret as `load` does, or as it was less than ``RECALLED_S`` ago: copies share what one has read.

        Raises:
            WrongClusterSecret: it cannot be opened here.
        """
        ...

    async def change(self, name: str, edit: Edit) -> bytes:
        """Replace a secret by what ``edit`` makes of it, and return that; one at a time in the whole installation.

        Raises:
            WrongClusterSecret: it cannot be opened here.
        """
        ...

    async def forget(self, name: str) -> None:
        """Delete a secret; one that is not there is no error."""
        ...


def open_secrets(data_dir: Path, db: Database, stores: Stores, cluster_secrets: Sequence[bytes]) -> SecretStore:
    """Return where this process finds secrets: in files, or, with ``cluster_secrets``, in the database."""
    return DatabaseSecrets(db, stores, cluster_secrets) if cluster_secrets else FileSecrets(data_dir / SECRETS_FOLDER)


class FileSecrets:
    """``<folder>/<name>.json``, mode 600; a file is there whole or not at all, after a power cut too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def load(self, name: str) -> bytes | None:
        """Return a secret; None where there is none."""
        return await asyncio.to_thread(_read, self._path(name))

    async def recall(self, name: str) -> bytes | None:
        """Return a secret; a file is near enough."""
        return await self.load(name)

    async def change(self, name: str, edit: Edit) -> bytes:
        """Replace a secret; processes on one folder take turns."""
        return await asyncio.to_thread(self._change, self._path(name), edit)

    async def forget(self, name: str) -> None:
        """Delete a secret."""
        await asyncio.to_thread(self._path(name).unlink, missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _change(self, path: Path, edit: Edit) -> bytes:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(path.with_suffix(".lock")):
            before = _read(path)
            after = edit(before)
            if after != before:
                _write(path, after)
            return after


class DatabaseSecrets:
    """Encrypted rows. A secret is bound to its name: one row's content in another's place opens nothing."""

    def __init__(self, db: Database, stores: Stores, cluster_secrets: Sequence[bytes]) -> None:
        self._db = db
        self._stores = stores
        self._ciphers = [AESGCM(_derive_key(secret)) for secret in cluster_secrets]

    async def load(self, name: str) -> bytes | None:
        """Return a secret; one that a later cluster secret opens is encrypted under the first one from now on.

        Raises:
            WrongClusterSecret: none of them opens it.
        """
        return await self._use(name, await self._db.read(_find, name))

    async def recall(self, name: str) -> bytes | None:
        """Return a secret; Redis, where there is one, has it as the table has it: encrypted.

        Raises:
            WrongClusterSecret: none of them opens what is in the table.
        """
        if (content := await self._stores.get(_shared(name))) is not None:
            with suppress(WrongClusterSecret):  # written by other hands, or under a secret that only others have yet
                return self._open(name, content)[0]
        content = await self._db.read(_find, name)
        if content is not None:
            await self._stores.set(_shared(name), content, RECALLED_S)
        return await self._use(name, content)

    async def change(self, name: str, edit: Edit) -> bytes:
        """Replace a secret under a lock of its row, so that processes take turns.

        Raises:
            WrongClusterSecret: none of the cluster secrets opens it.
        """
        changed = await self._db.write(self._change, name, edit)
        await self._stores.delete(_shared(name))
        return changed

    async def forget(self, name: str) -> None:
        """Delete a secret."""
        await self._db.write(_delete, name)
        await self._stores.delete(_shared(name))

    async def _use(self, name: str, content: bytes | None) -> bytes | None:
        if content is None:
            return None
        opened, by_first = self._open(name, content)
        return opened if by_first else await self.change(name, lambda present: present or opened)

    def _change(self, db: Connection, name: str, edit: Edit) -> bytes:
        content = _lock(db, name)
        before, by_first = self._open(name, content) if content is not None else (None, False)
        after = edit(before)
        if after != before or not by_first:
            nonce = os.urandom(_NONCE_BYTES)
            _store(db, name, _FORM + nonce + self._ciphers[0].encrypt(nonce, after, name.encode()))
        return after

    def _open(self, name: str, content: bytes) -> tuple[bytes, bool]:
        """Return a secret, and whether the first cluster secret has opened it."""
        nonce, sealed = content[len(_FORM) :][:_NONCE_BYTES], content[len(_FORM) + _NONCE_BYTES :]
        for number, cipher in enumerate(self._ciphers if content.startswith(_FORM) else ()):
            try:
                return cipher.decrypt(nonce, sealed, name.encode()), number == 0
            except (InvalidTag, ValueError):  # the latter of what is too short to be any
                continue
        raise WrongClusterSecret(
            f"TUTTI_CLUSTER_SECRETS: none of these secrets opens {name!r} in the database. "
            "Add the one that it was stored with, after the others."
        )


def _shared(name: str) -> str:
    return f"secrets:{name}"


def _derive_key(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret)


def _find(db: Connection, name: str) -> bytes | None:
    return db.scalar(sa.select(stored.c.content).where(stored.c.name == name))


def _lock(db: Connection, name: str) -> bytes | None:
    """Return what is stored, after whoever changes it now; its row is there and ours from here on."""
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    empty = {"name": name, "content": None, "changed_at": now()}
    db.execute(dialect.insert(stored).on_conflict_do_nothing(), empty)
    return db.scalar(sa.select(stored.c.content).where(stored.c.name == name).with_for_update())


def _store(db: Connection, name: str, content: bytes) -> None:
    db.execute(sa.update(stored).where(stored.c.name == name).values(content=content, changed_at=now()))


def _delete(db: Connection, name: str) -> None:
    db.execute(sa.delete(stored).where(stored.c.name == name))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


@contextmanager
def _locked(path: Path) -> Generator[None, None, None]:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, content: bytes) -> None:
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # an empty file after a power cut would lock everybody out
    new.replace(path)
