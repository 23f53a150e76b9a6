"""Originals shared by tracks: made known once, deleted with the last of them, and never while one is stored anew."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from tutti.kit.auth import Identity
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.events.log import open_event_log
from tutti.kit.events.settings import EventSettings
from tutti.kit.ids import new_id
from tutti.kit.storage import Storage, open_local_storage
from tutti.services.catalog.api import TrackDeleted, TrackNotFound, Viewer
from tutti.services.media.repository import jobs as job_rows
from tutti.services.media.repository import originals
from tutti.services.media.repository.originals import NOBODY, OriginalRow, TrackRow
from tutti.services.media.repository.uploads import JobRow, StoredState, insert_job
from tutti.services.media.service.deleting import Deletion
from tutti.services.media.service.work.places import digest_of, ladder_prefix, original_key, waveform_key
from tutti.services.media.tables import tracks

A, B = "a" * 64, "b" * 64
DAY = timedelta(days=1)


class Shelf:
    """A catalogue that knows some tracks."""

    def __init__(self) -> None:
        self.track_ids: set[str] = set()

    async def get_tracks(self, viewer: Viewer, track_ids: list[str]) -> list[SimpleNamespace]:
        assert viewer.is_admin
        return [SimpleNamespace(id=each) for each in track_ids if each in self.track_ids]


@dataclass
class Store:
    db: Database
    storage: Storage
    shelf: Shelf
    deletion: Deletion

    async def keys(self) -> list[str]:
        return sorted([key async for key in self.storage.list_keys("")])

    async def add(self, digest: str, user_id: str | None = None, age: timedelta = timedelta()) -> str:
        """Hold an original for a new track, store its objects, and complete it; return the track's id."""
        track = TrackRow(track_id=new_id(), digest=digest, user_id=user_id or new_id(), created_at=now() - age)
        held = await self.db.write(originals.hold, track, original(digest))
        assert held is not None
        await self.put_objects(digest)
        assert await self.db.write(originals.complete, msgspec.structs.replace(held, ladder=["aac64"]))
        return track.track_id

    async def put_objects(self, digest: str) -> None:
        for key in objects(digest):
            await self.storage.put(key, b"x")

    async def rows(self, digest: str) -> Any:
        return await self.db.read(originals.find_original, digest)


@pytest.fixture
async def store(db: Database, tmp_path: Path) -> AsyncIterator[Store]:
    open_event_log(db, EventSettings())
    storage = open_local_storage(tmp_path / "objects")
    shelf = Shelf()
    yield Store(db, storage, shelf, Deletion(db, storage, shelf))  # type: ignore[arg-type]


def original(digest: str) -> OriginalRow:
    return OriginalRow(
        digest=digest,
        storage_key=original_key(digest, "flac"),
        size_bytes=1,
        mime="audio/flac",
        codec="flac",
        container="flac",
        sample_rate_hz=44_100,
        channels=2,
        bit_rate_kbps=900,
        lossless=True,
        duration_ms=1000,
        total_samples=44_100,
        created_at=now(),
    )


def objects(digest: str) -> list[str]:
    ladder = ladder_prefix(digest)
    return sorted(
        [original_key(digest, "flac"), waveform_key(digest), f"{ladder}aac64/init.mp4", f"{ladder}aac64/0.m4s"]
    )


async def test_an_original_goes_with_the_last_track_that_has_it(store: Store) -> None:
    first, second = await store.add(A), await store.add(A)
    other = await store.add(B)
    await store.deletion.release(first)
    assert await store.keys() == sorted(objects(A) + objects(B))
    await store.deletion.release(second)
    assert await store.keys() == objects(B)
    assert await store.rows(A) is None
    assert [ladder.track_id for ladder in await store.db.read(originals.list_ladders, [first, second, other])] == [
        other
    ]


async def test_a_ladder_is_known_once_it_is_complete(store: Store) -> None:
    track = TrackRow(track_id=new_id(), digest=A, user_id=new_id(), created_at=now())
    await store.db.write(originals.hold, track, original(A))
    assert await store.db.read(originals.list_ladders, [track.track_id]) == []
    await store.db.write(originals.complete, msgspec.structs.replace(original(A), ladder=["aac64", "flac"], peak=0.5))
    (ladder,) = await store.db.read(originals.list_ladders, [track.track_id])
    assert (ladder.digest, ladder.rungs, ladder.sample_rate_hz, ladder.total_samples) == (
        A,
        ("aac64", "flac"),
        44_100,
        44_100,
    )


async def test_the_second_upload_of_the_same_bytes_finds_all_of_it(store: Store) -> None:
    await store.add(A)
    track = TrackRow(track_id=new_id(), digest=A, user_id=new_id(), created_at=now())
    for _ in range(2):
        held = await store.db.write(originals.hold, track, original(A))
        assert held is not None
        assert held.ladder == ["aac64"]


async def test_a_deletion_that_was_broken_off_is_finished(store: Store) -> None:
    """Killed after the row of the original went, and after some of its objects did."""
    track_id = await store.add(A)
    assert await store.db.write(originals.begin_release, track_id) == A
    await store.storage.delete(objects(A)[0])
    await store.deletion.release(track_id)
    assert await store.keys() == []
    await store.deletion.release(track_id)


async def test_what_is_being_deleted_is_not_stored_anew(store: Store) -> None:
    track_id = await store.add(A)
    await store.db.write(originals.begin_release, track_id)
    again = TrackRow(track_id=new_id(), digest=A, user_id=new_id(), created_at=now())
    assert await store.db.write(originals.hold, again, original(A)) is None
    await store.deletion.release(track_id)
    assert await store.db.write(originals.hold, again, original(A)) is not None


async def test_objects_that_no_row_names_are_swept(store: Store) -> None:
    await store.add(A)
    await store.put_objects(B)
    await store.storage.put("covers/ab/cdef.jpg", b"not ours")
    await store.storage.put("originals/strange", b"not one of ours either")
    assert await store.deletion.sweep(DAY) == 1
    assert await store.keys() == sorted([*objects(A), "covers/ab/cdef.jpg", "originals/strange"])
    assert await store.deletion.sweep(DAY) == 0


async def test_a_sweep_that_was_broken_off_is_finished(store: Store) -> None:
    await store.put_objects(B)
    marker = TrackRow(track_id=new_id(), digest=B, user_id=NOBODY, created_at=now() - DAY)
    assert await store.db.write(originals.hold_stray, marker)
    waiting = TrackRow(track_id=new_id(), digest=B, user_id=new_id(), created_at=now())
    assert await store.db.write(originals.hold, waiting, original(B)) is None
    await store.deletion.sweep(DAY)
    assert await store.keys() == []
    assert await store.db.write(originals.hold, waiting, original(B)) is not None


async def test_a_deletion_that_nobody_finishes_is_swept_once_it_is_old(store: Store) -> None:
    """Its event used up its tries while the storage was away."""
    track_id = await store.add(A, age=DAY)
    assert await store.db.write(originals.begin_release, track_id) == A
    await store.deletion.sweep(DAY)
    assert await store.keys() == objects(A), "whoever began may still be at it"
    await store.db.write(originals.mark_begun, now() - DAY)
    await store.db.write(lambda db: db.execute(tracks.update().values(created_at=now() - DAY)))
    await store.deletion.sweep(DAY)
    assert await store.keys() == []
    assert await store.db.read(originals.find_track, track_id) is None


async def test_a_track_that_is_made_again_while_its_deletion_waits_keeps_its_original(store: Store) -> None:
    track_id = await store.add(A)
    store.shelf.track_ids.add(track_id)
    await store.db.write(originals.begin_release, track_id)
    await store.db.write(originals.mark_begun, now() - DAY)
    again = TrackRow(track_id=track_id, digest=A, user_id=new_id(), created_at=now() - DAY)
    assert await store.db.write(originals.hold, again, original(A)) is not None
    await store.deletion.sweep(DAY)
    assert await store.keys() == objects(A)
    assert await store.db.read(originals.find_track, track_id) == again


async def test_originals_of_tracks_that_are_gone_are_swept(store: Store) -> None:
    gone, there = await store.add(A, age=DAY), await store.add(B, age=DAY)
    store.shelf.track_ids.add(there)
    await store.deletion.sweep(DAY)
    assert await store.keys() == objects(B)
    assert await store.db.read(originals.find_track, gone) is None


async def test_a_sweep_leaves_what_came_to_be_held_meanwhile(store: Store) -> None:
    await store.add(A)
    marker = TrackRow(track_id=new_id(), digest=A, user_id=NOBODY, created_at=now())
    assert not await store.db.write(originals.hold_stray, marker)


async def test_a_deleted_track_that_came_again_keeps_its_original(store: Store) -> None:
    track_id = await store.add(A)
    store.shelf.track_ids.add(track_id)
    await store.deletion.on_track_deleted(TrackDeleted(track_id=track_id))
    assert await store.keys() == objects(A)
    store.shelf.track_ids.clear()
    await store.deletion.on_track_deleted(TrackDeleted(track_id=track_id))
    assert await store.keys() == []


async def test_only_its_uploader_and_admins_delete_the_sound_of_a_track(store: Store) -> None:
    uploader = new_id()
    track_id = await store.add(A, uploader)
    with pytest.raises(TrackNotFound):
        await store.deletion.delete_audio(someone("uploader"), track_id)
    with pytest.raises(TrackNotFound):
        await store.deletion.delete_audio(someone("admin"), new_id())
    await store.deletion.delete_audio(someone("admin"), track_id)
    await store.deletion.delete_audio(someone("uploader", uploader), track_id)


def someone(role: str, user_id: str | None = None) -> Identity:
    return Identity(user_id=user_id or new_id(), name="x", role=role, session_id=new_id())  # type: ignore[arg-type]


async def test_jobs_that_ended_long_ago_are_forgotten(store: Store) -> None:
    ids: list[str] = []
    aged: list[tuple[int, StoredState]] = [(40, "done"), (40, "queued"), (1, "dead")]
    for age_days, state in aged:
        at = now() - age_days * DAY
        ended = None if state == "queued" else at
        job = JobRow(
            id=new_id(),
            track_id=new_id(),
            upload_id=new_id(),
            user_id=new_id(),
            created_at=at,
            state=state,
            finished_at=ended,
        )
        await store.db.write(insert_job, job)
        ids.append(job.id)
    await store.deletion.sweep(30 * DAY)
    kept = [await store.db.read(job_rows.find_job, each) is not None for each in ids]
    assert kept == [False, True, True]


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        (original_key(A, "mp3"), A),
        (waveform_key(A), A),
        (f"{ladder_prefix(A)}aac64/0.m4s", A),
        ("originals/strange", None),
        ("ladders/x/y", None),
        ("originals/aa/short.mp3", None),
    ],
)
def test_a_key_says_which_original_it_belongs_to(key: str, digest: str | None) -> None:
    assert digest_of(key) == digest
