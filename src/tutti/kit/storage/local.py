"""Uploads into a local folder, at signed addresses of our own.

What comes lies in ``.receiving/<key>/`` beneath the objects (no key begins with a dot): one file that the parts are
written into, each at its place, and an empty file beside it for each part that is there. The last step is a rename,
so a large object is written once, and is there whole or not at all.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tutti.kit.clock import now
from tutti.kit.storage.errors import SentAgain, StorageFull
from tutti.kit.storage.incoming import Address, Part, Unfinished
from tutti.kit.storage.objects import is_key
from tutti.kit.storage.receiving import Taking
from tutti.kit.storage.settings import StorageSettings
from tutti.kit.storage.signing import AddressSigner

_RECEIVING = ".receiving"
_BYTES = "bytes"
_MULTIPART = "local"
_THREADS = 4
_SLASH = "%"
"""For the slashes of a key in a file name; no key holds one itself."""

UrlOf = Callable[[str, int | None, str], str]
"""Makes the address of a key (and part) out of these and the signature."""


class LocalIncoming:
    """`Incoming` for a folder; also takes the bytes, which a store of objects does itself."""

    def __init__(self, folder: Path, settings: StorageSettings, signer: AddressSigner, url_of: UrlOf) -> None:
        self._folder = folder
        self._settings = settings
        self._signer = signer
        self._url_of = url_of
        self._takings: dict[str, Taking] = {}
        # Of their own, since everything else that needs a thread would wait for a slow disk.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="uploads")

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Load the keys that sign."""
        await self._signer.load()
        yield
        self._threads.shutdown(wait=False)

    def presign_put(
        self, key: str, lifetime: timedelta, *, size_bytes: int, content_type: str, sha256: str | None = None
    ) -> Address:
        """Return where the whole object is to be put; whoever takes it compares length and type."""
        del size_bytes, sha256
        return self._address(key, None, lifetime, {"Content-Type": content_type})

    def presign_part(self, key: str, lifetime: timedelta, *, multipart_id: str, part: Part) -> Address:
        """Return where one part is to be put."""
        del multipart_id
        return self._address(key, part.number, lifetime, {})

    def check(self, key: str, number: int | None, signature: str) -> None:
        """Let pass who holds an address.

        Raises:
            AddressAltered: it is not for this key and part.
            AddressExpired: it was good once.
        """
        self._signer.check(_signed(key, number), signature, now().timestamp())

    async def receive(self, key: str, size_bytes: int, body: AsyncIterator[bytes]) -> None:
        """Take a whole object; it is there when this returns, and replaces what was.

        Raises:
            BodyCut, BodyStalled, SentAgain, StorageFull: and nothing of it is kept.
        """
        async with self._taking(key, 0, 0, size_bytes) as (taking, descriptor):
            await taking.write(descriptor, body, self._settings.receive_idle_s)
            await taking.step(self._put_in_place, key)

    async def receive_part(self, key: str, part: Part, offset: int, body: AsyncIterator[bytes]) -> None:
        """Take one part of an object that was begun, whose place in it is at ``offset``.

        Raises:
            BodyCut, BodyStalled, SentAgain, StorageFull: and the part is not there.
        """
        async with self._taking(key, part.number, offset, part.size_bytes) as (taking, descriptor):
            mark = self._place(key) / f"{part.number}-{offset}-{part.size_bytes}"
            await taking.step(mark.unlink, missing_ok=True)
            await taking.write(descriptor, body, self._settings.receive_idle_s)
            await taking.step(mark.touch)

    async def start_multipart(self, key: str, content_type: str) -> str:
        """Begin an object that comes in parts."""
        del content_type
        await asyncio.to_thread(self._place(key).mkdir, parents=True, exist_ok=True)
        return _MULTIPART

    async def list_parts(self, key: str, multipart_id: str) -> list[Part]:
        """Return the parts that are there, by number."""
        del multipart_id
        marks = await asyncio.to_thread(_marks, self._place(key))
        return [Part(number, size_bytes) for number, _, size_bytes in sorted(marks)]

    async def complete_multipart(self, key: str, multipart_id: str, parts: Sequence[Part]) -> bool:
        """Put the parts together, where they lie already; whoever still sends one of them again writes no more."""
        await self._supersede(key)
        there = await self.list_parts(key, multipart_id)
        return set(parts).issubset(there) and await asyncio.to_thread(self._put_in_place, key)

    async def abort(self, key: str, multipart_id: str | None) -> None:
        """Forget what has come of an object that is not there yet."""
        del multipart_id
        await self._supersede(key)
        await asyncio.to_thread(shutil.rmtree, self._place(key), ignore_errors=True)

    async def list_unfinished(self, prefix: str) -> AsyncIterator[Unfinished]:
        """Yield what was begun under keys that begin with ``prefix``."""
        for name, began_at in await asyncio.to_thread(_begun, self._folder / _RECEIVING):
            key = name.replace(_SLASH, "/")
            if key.startswith(prefix) and is_key(key):
                yield Unfinished(key, _MULTIPART, began_at)

    async def _supersede(self, key: str) -> None:
        for place, taking in list(self._takings.items()):
            if place.rpartition("#")[0] == key:
                await taking.supersede()

    def _address(self, key: str, number: int | None, lifetime: timedelta, headers: dict[str, str]) -> Address:
        expires_at = (now() + lifetime).replace(microsecond=0)
        signature = self._signer.sign(_signed(key, number), int(expires_at.timestamp()))
        return Address(self._url_of(key, number, signature), headers, expires_at)

    @asynccontextmanager
    async def _taking(
        self, key: str, number: int, offset: int, size_bytes: int
    ) -> AsyncGenerator[tuple[Taking, int], None]:
        """A range of the file of ``key`` to be written; cleared again where that fails."""
        descriptor = -1
        async with self._last_to_write(Taking(f"{key}#{number}", offset, size_bytes, self._threads)) as taking:
            try:
                await taking.step(self._check_room, size_bytes)
                descriptor = await taking.step(self._open, key)
                yield taking, descriptor
            except FileNotFoundError as error:
                raise SentAgain("The upload was discarded meanwhile.") from error
            except BaseException:
                if not taking.is_superseded:
                    self._clear(key, number, taking)
                raise
            finally:
                if descriptor >= 0:
                    os.close(descriptor)

    @asynccontextmanager
    async def _last_to_write(self, taking: Taking) -> AsyncGenerator[Taking, None]:
        """Let ``taking`` write at its place, and whoever did so before no more."""
        before, self._takings[taking.place] = self._takings.get(taking.place), taking
        try:
            if before is not None:
                await before.supersede()
            yield taking
        finally:
            if self._takings.get(taking.place) is taking:
                del self._takings[taking.place]

    def _check_room(self, size_bytes: int) -> None:
        if shutil.disk_usage(self._folder).free < size_bytes + self._settings.min_free_bytes:
            raise StorageFull("This server's disk is full; ask its operator to make room.")

    def _open(self, key: str) -> int:
        place = self._place(key)
        place.mkdir(parents=True, exist_ok=True)
        return os.open(place / _BYTES, os.O_RDWR | os.O_CREAT, 0o644)

    def _clear(self, key: str, number: int, taking: Taking) -> None:
        """Give back the room of what failed: up to the last part that is there, or is coming.

        Not in a thread, since a part that begins meanwhile would write where this cuts; it is rare and quick.
        """
        place = self._place(key)
        if number == 0:
            shutil.rmtree(place, ignore_errors=True)
            return
        ends = [offset + size_bytes for _, offset, size_bytes in _marks(place)]
        ends += [t.end for p, t in self._takings.items() if p.rpartition("#")[0] == key and t is not taking]
        if (place / _BYTES).exists() and (place / _BYTES).stat().st_size > max(ends, default=0):
            os.truncate(place / _BYTES, max(ends, default=0))

    def _put_in_place(self, key: str) -> bool:
        target = self._folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            (self._place(key) / _BYTES).replace(target)
        except FileNotFoundError:
            return False
        _fsync_folder(target.parent)
        shutil.rmtree(self._place(key), ignore_errors=True)
        return True

    def _place(self, key: str) -> Path:
        if not is_key(key):
            raise ValueError(f"no key: {key!r}")
        return self._folder / _RECEIVING / key.replace("/", _SLASH)


def _signed(key: str, number: int | None) -> str:
    return f"PUT {key}" if number is None else f"PUT {key} {number}"


def _marks(place: Path) -> list[tuple[int, int, int]]:
    """Number, offset and length of each part that is there."""
    try:
        names = [entry.name for entry in os.scandir(place) if entry.name != _BYTES]
    except FileNotFoundError:
        return []
    return [(int(a), int(b), int(c)) for a, b, c in (name.split("-") for name in names)]


def _begun(folder: Path) -> list[tuple[str, datetime]]:
    found: list[tuple[str, datetime]] = []
    with suppress(FileNotFoundError):  # nothing was ever received
        for entry in os.scandir(folder):
            with suppress(FileNotFoundError):  # it is over
                found.append((entry.name, datetime.fromtimestamp(entry.stat().st_mtime, UTC)))
    return found


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
