"""How far the work on uploads is: known in every copy, and no trouble where it is not."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from support.valkey import Valkey
from tutti.kit.clock import now
from tutti.kit.ids import new_id
from tutti.kit.live import Live
from tutti.kit.stores import RedisSettings, Stores, open_stores
from tutti.services.media.api import UploadState
from tutti.services.media.repository.uploads import UploadRow
from tutti.services.media.service.progress import Progress


@pytest.fixture
async def copies(valkey: Valkey) -> AsyncIterator[tuple[Stores, Stores]]:
    stores = [open_stores(valkey.url, RedisSettings(timeout_ms=10_000, pause_ms=50)) for _ in range(2)]
    yield stores[0], stores[1]
    for each in stores:
        await each.close()


def upload(state: UploadState) -> UploadRow:
    id_ = new_id()
    return UploadRow(
        id=id_,
        user_id=new_id(),
        filename="a.flac",
        size_bytes=1,
        content_type="audio/flac",
        sha256=None,
        state=state,
        track_id=new_id(),
        storage_key=f"incoming/{id_}",
        created_at=now(),
        expires_at=now(),
    )


async def until(progress: Progress, row: UploadRow, share: float) -> None:
    async with asyncio.timeout(60):
        while (await progress.of([row]))[row.id] != share:
            await asyncio.sleep(0.01)


async def test_every_copy_knows_how_far_it_is(copies: tuple[Stores, Stores]) -> None:
    working, asked = (Progress(Live(), stores) for stores in copies)
    rows = [upload(state) for state in ("waiting", "processing", "processing", "ready", "failed")]
    for share in (0.0, 0.001, 0.25, 0.5):
        working.advance(rows[1], share)
    await until(asked, rows[1], 0.5)
    assert list((await asked.of(rows)).values()) == [0.0, 0.5, 0.0, 1.0, 0.0]
    working.forget(rows[1].id)
    await until(asked, rows[1], 0.0)


async def test_another_copy_that_begins_again_is_believed(copies: tuple[Stores, Stores]) -> None:
    first, second = (Progress(Live(), stores) for stores in copies)
    row = upload("processing")
    first.advance(row, 0.9)
    await until(second, row, 0.9)
    second.forget(row.id)
    second.advance(row, 0.1)
    await until(first, row, 0.1)


async def test_without_redis_nobody_is_kept_from_their_list(valkey: Valkey, copies: tuple[Stores, Stores]) -> None:
    progress, row = Progress(Live(), copies[0]), upload("processing")
    valkey.kill()
    progress.advance(row, 0.5)
    assert await progress.of([row]) == {row.id: 0.0}
    valkey.start()
    progress.advance(row, 0.6)
    async with asyncio.timeout(60):
        while await progress.of([row]) == {row.id: 0.0}:
            progress.advance(row, progress._here[row.id] + 0.01)  # pyright: ignore[reportPrivateUsage]
            await asyncio.sleep(0.05)
