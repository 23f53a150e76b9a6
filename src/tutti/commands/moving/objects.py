"""Objects out of a folder into a bucket, each compared with what is there afterwards."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from tutti.commands.failures import Refused
from tutti.kit.storage import Storage

_AT_ONCE = 4
_READ_BYTES = 8 * 1024 * 1024


class MovedObjects(msgspec.Struct, rename="camel"):
    """What was done."""

    objects: int = 0
    size_bytes: int = 0
    already_there: int = 0


async def count_objects(source: Storage) -> int:
    """How many there are."""
    return sum([1 async for _ in source.list_keys("")])


async def copy_objects(source: Storage, target: Storage, told: Callable[[int], None]) -> MovedObjects:
    """Copy every object that is not there with the same content, and read each back.

    Raises:
        Refused: one came back other than it was sent.
        StorageError: the storage does not answer.
    """
    moved = MovedObjects()
    waiting: asyncio.Queue[str] = asyncio.Queue(_AT_ONCE)

    async def work() -> None:
        while key := await waiting.get():
            await _copy(source, target, key, moved)
            told(1)

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(work())
        async for key in source.list_keys(""):
            await waiting.put(key)
        for _ in range(_AT_ONCE):
            await waiting.put("")
    return moved


async def _copy(source: Storage, target: Storage, key: str, moved: MovedObjects) -> None:
    path = source.local_path(key)
    if path is None:
        raise Refused("The objects are in S3 already; copy the bucket with its own tools.")
    size_bytes, sha256 = await asyncio.to_thread(_look_at, path)
    if await _is_there(target, key, size_bytes, sha256):
        moved.already_there += 1
    else:
        await target.put_file(key, path)
        if not await _is_there(target, key, size_bytes, sha256):
            raise Refused(f"The object {key} came back from S3 other than it was sent. Run the same command again.")
    moved.objects += 1
    moved.size_bytes += size_bytes


def _look_at(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


async def _is_there(target: Storage, key: str, size_bytes: int, sha256: str) -> bool:
    if await target.find_size(key) != size_bytes:
        return False
    digest = hashlib.sha256()
    for start in range(0, size_bytes, _READ_BYTES):
        part = await target.read(key, start, min(_READ_BYTES, size_bytes - start))
        digest.update(part or b"")
    return digest.hexdigest() == sha256
