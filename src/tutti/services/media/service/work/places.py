"""Where the objects of an original lie in storage, and where work goes on until they are there."""

import asyncio
import re
import shutil
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp

from tutti.kit.storage import Storage
from tutti.services.media.service.work.refusals import Refused

ORIGINALS = "originals/"
LADDERS = "ladders/"
_WAVEFORM = "waveform"
_PUTS_AT_ONCE = 4
_DIGEST = re.compile(r"[0-9a-f]{64}")


def original_key(digest: str, extension: str) -> str:
    """Return where the bytes of an original lie."""
    return f"{ORIGINALS}{digest[:2]}/{digest}.{extension}"


def ladder_prefix(digest: str) -> str:
    """Return what the keys of all that was made of an original begin with."""
    return f"{LADDERS}{digest}/"


def waveform_key(digest: str) -> str:
    """Return where the waveform of an original lies."""
    return ladder_prefix(digest) + _WAVEFORM


def digest_of(key: str) -> str | None:
    """Return which original an object belongs to; None where the key does not say."""
    name = key.split("/")[2 if key.startswith(ORIGINALS) else 1].partition(".")[0] if key.count("/") > 1 else ""
    return name if _DIGEST.fullmatch(name) else None


async def list_objects(storage: Storage, digest: str) -> AsyncIterator[str]:
    """Yield the keys of all objects of an original."""
    async for key in storage.list_keys(f"{ORIGINALS}{digest[:2]}/"):
        if digest_of(key) == digest:
            yield key
    async for key in storage.list_keys(ladder_prefix(digest)):
        yield key


async def delete_objects(storage: Storage, digest: str) -> None:
    """Delete all objects of an original; may be repeated."""
    await storage.delete(*[key async for key in list_objects(storage, digest)])


class Desk:
    """A local folder for what is being made; empty when nothing is."""

    def __init__(self, folder: Path, storage: Storage) -> None:
        self._folder = folder
        self._storage = storage

    def clear(self) -> None:
        """Make it empty: what lies there at a start was left by a process that was killed."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, parents=True)

    @asynccontextmanager
    async def corner(self) -> AsyncGenerator[Path, None]:
        """An empty folder, gone after the block."""
        path = Path(await asyncio.to_thread(mkdtemp, dir=self._folder))
        try:
            yield path
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, path, ignore_errors=True))

    async def locate(self, key: str, corner: Path) -> Path:
        """Return a file in ``corner`` with the bytes that an object has now, whatever is stored under its key later.

        Raises:
            Refused: it is gone.
        """
        path = corner / "bytes"
        if not await self._storage.keep(key, path):
            raise Refused("BYTES_GONE", "The file is no longer there; upload it again.")
        return path

    async def store_folder(self, folder: Path, prefix: str) -> None:
        """Store every file beneath ``folder`` under ``prefix``, its name relative to the folder behind it."""
        files = await asyncio.to_thread(lambda: sorted(path for path in folder.rglob("*") if path.is_file()))
        waiting = iter(files)

        async def store_some() -> None:
            for path in waiting:
                await self._storage.put_file(prefix + path.relative_to(folder).as_posix(), path)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_PUTS_AT_ONCE):
                    group.create_task(store_some())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
