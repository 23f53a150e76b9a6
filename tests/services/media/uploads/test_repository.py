"""The SQL of uploads, on SQLite and PostgreSQL."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tutti.kit.auth import Identity
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.ids import new_id
from tutti.kit.storage import Address, Incoming
from tutti.services.media.api import QuotaExceeded, TooManyUploads, UploadRequest
from tutti.services.media.repository import uploads as repository
from tutti.services.media.repository.uploads import UploadRow
from tutti.services.media.service.uploads import Beginnings, UploadsSettings
from tutti.services.media.tables import originals, tracks

PRESENT = now().replace(microsecond=0)
UMA = Identity(new_id(), "uma", "uploader", new_id())


def row(user_id: str = UMA.user_id, **given: Any) -> UploadRow:
    upload_id = new_id()
    upload = UploadRow(
        id=upload_id,
        user_id=user_id,
        filename="Ünï.flac",
        size_bytes=2**40,
        content_type="audio/flac",
        sha256="a" * 64,
        state="waiting",
        tags={"title": "Größe", "artists": ["Ada"], "year": None},
        track_id=new_id(),
        storage_key=f"incoming/{upload_id}",
        multipart_id="m" * 300,
        part_bytes=2**33,
        created_at=PRESENT,
        expires_at=PRESENT + timedelta(days=1),
    )
    return msgspec.structs.replace(upload, **given)


async def insert(db: Database, *uploads: UploadRow) -> list[str]:
    for upload in uploads:
        await db.write(repository.insert_upload, upload)
    return [upload.id for upload in uploads]


async def test_an_upload_comes_back_as_it_was(db: Database) -> None:
    upload = row()
    await insert(db, upload, row("0190a000-0000-7000-8000-000000000000"))
    assert await db.read(repository.find_upload, upload.id) == upload
    assert await db.read(repository.find_upload, upload.id, UMA.user_id) == upload
    assert await db.read(repository.find_upload, upload.id, new_id()) is None
    assert await db.read(repository.find_upload, new_id()) is None


async def test_a_state_is_left_once(db: Database) -> None:
    upload = row()
    await insert(db, upload)

    async def leave() -> bool:
        async with db.transaction() as tx:
            return await tx.run(repository.change_upload, upload.id, ["waiting"], {"state": "uploaded"})

    assert sorted(await asyncio.gather(*(leave() for _ in range(5)))) == [False] * 4 + [True]


async def test_uploads_are_paged_newest_first(db: Database) -> None:
    ids = await insert(db, *(row() for _ in range(5)), row(state="ready"))
    first = await db.read(repository.list_uploads, UMA.user_id, ["waiting"], None, 2)
    assert [each.id for each in first] == [ids[4], ids[3], ids[2]]
    rest = await db.read(repository.list_uploads, UMA.user_id, ["waiting", "ready"], [ids[3]], 10)
    assert [each.id for each in rest] == [ids[2], ids[1], ids[0]]


async def test_what_somebody_stores_is_what_comes_and_what_their_tracks_point_at(db: Database) -> None:
    states = ("waiting", "uploaded", "processing", "ready", "failed", "discarded")
    await insert(db, *(row(state=state, size_bytes=1) for state in states), row(new_id(), size_bytes=50))
    gone = row(state="failed", reason_code="SIZE_MISMATCH", size_bytes=5000)  # its bytes were deleted at once
    processed = row(state="processing", size_bytes=10)  # and its original is stored already
    await insert(db, gone, processed, row(state="failed", reason_code="DUPLICATE", size_bytes=20))
    values: dict[str, Any] = {column.name: None for column in originals.c}
    values |= {"storage_key": "k", "mime": "m", "codec": "c", "container": "c", "sample_rate_hz": 1, "channels": 1}
    values |= {"lossless": True, "duration_ms": 1, "total_samples": 1, "created_at": PRESENT}
    two = [values | {"digest": "a" * 64, "size_bytes": 100}, values | {"digest": "b" * 64, "size_bytes": 7000}]
    owners = [("a", UMA.user_id), ("a", UMA.user_id), ("b", new_id())]
    links = [{"track_id": new_id(), "digest": d * 64, "user_id": u, "created_at": PRESENT} for d, u in owners]
    links.append({"track_id": processed.track_id, "digest": "a" * 64, "user_id": UMA.user_id, "created_at": PRESENT})
    await db.write(lambda connection: connection.execute(originals.insert(), two))
    await db.write(lambda connection: connection.execute(tracks.insert(), links))
    assert await db.read(repository.sum_stored_bytes, UMA.user_id) == 4 + 10 + 20 + 200
    assert await db.read(repository.sum_stored_bytes, new_id()) == 0


async def test_the_day_is_counted_from_its_first_upload(db: Database) -> None:
    ages = [timedelta(hours=hours) for hours in (1, 5, 25)]
    await insert(db, *(row(created_at=PRESENT - age) for age in ages), row(new_id()))
    counted = await db.read(repository.count_since, UMA.user_id, PRESENT - timedelta(days=1))
    assert counted == (2, PRESENT - timedelta(hours=5))
    assert await db.read(repository.count_since, new_id(), PRESENT) == (0, None)


async def test_what_is_late_or_past_is_found(db: Database) -> None:
    late, _, _ = await insert(db, row(expires_at=PRESENT), row(), row(expires_at=PRESENT, state="uploaded"))
    assert [each.id for each in await db.read(repository.list_expired, PRESENT, 10)] == [late]
    old, _ = await insert(
        db,
        row(state="failed", finished_at=PRESENT - timedelta(days=2)),
        row(state="failed", finished_at=PRESENT),
    )
    before = PRESENT - timedelta(days=1)
    assert [each.id for each in await db.read(repository.list_finished, ["failed"], before, 10)] == [old]
    await db.write(repository.delete_uploads, [old, late])
    assert await db.read(repository.list_finished, ["failed"], before, 10) == []


async def test_bytes_are_kept_while_they_may_be_needed(db: Database) -> None:
    states = ("waiting", "uploaded", "processing", "failed", "ready", "discarded")
    ids = await insert(db, *(row(state=state) for state in states))
    assert await db.read(repository.list_kept, [*ids, new_id()]) == set(ids[:4])
    assert await db.read(repository.list_kept, []) == set()


class Nowhere:
    """Addresses that lead nowhere."""

    def presign_put(self, key: str, *_: object, **__: object) -> Address:
        return Address(f"/{key}", {}, PRESENT)


@pytest.mark.parametrize(
    ("settings", "refusal"),
    [
        (UploadsSettings(files_per_day=3), TooManyUploads),
        (UploadsSettings(uploader_quota_bytes=3), QuotaExceeded),
    ],
)
async def test_limits_hold_for_uploads_begun_at_once(
    db: Database, settings: UploadsSettings, refusal: type[Exception]
) -> None:
    incoming: Incoming = Nowhere()  # type: ignore[assignment]
    beginnings = Beginnings(settings, db, incoming, timedelta(hours=1))
    wishes = [beginnings.begin(UMA, UploadRequest(filename="a.flac", size_bytes=1)) for _ in range(8)]
    answers = await asyncio.gather(*wishes, return_exceptions=True)
    assert [type(answer) for answer in answers].count(refusal) == 5
    assert len(await db.read(repository.list_uploads, UMA.user_id, ["waiting"], None, 20)) == 3
