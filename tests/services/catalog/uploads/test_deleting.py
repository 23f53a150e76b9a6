"""A track that is deleted takes along what was its own alone, and tells so that others do the same."""

import pytest
import sqlalchemy as sa

from support.browsing import ADMIN, LISTENER
from support.images import cover
from support.uploaded import ANALYSIS, EVE, TAGS, UMA, Uploads
from tutti.kit.errors import NotFound
from tutti.services.catalog.api import NotYourTrack, TrackAdded, TrackDeleted, TrackMissing, Viewer
from tutti.services.catalog.service.browsing import ListRequest
from tutti.services.catalog.service.covers.serving import CoverService
from tutti.services.catalog.service.covers.settings import CoverSettings
from tutti.services.catalog.service.uploads.outcomes import UploadOutcomes
from tutti.services.catalog.tables import (
    albums,
    artists,
    covers,
    credits_,
    files,
    lyrics,
    search_entries,
    track_genres,
    tracks,
)


async def rows(uploads: Uploads, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    statement = sa.select(sa.func.count()).select_from(table).where(*where)
    return await uploads.db.read(lambda db: db.scalar(statement)) or 0


async def test_deleting_leaves_nothing_but_that_it_was_there(uploads: Uploads) -> None:
    track_id = await uploads.add_ready(cover=cover(64, 64), kind="flac", tags=TAGS | {"lyrics": ["la la"]})
    uploads.told.clear()
    await uploads.editing.delete_track(EVE, track_id)
    assert uploads.told_of(TrackDeleted) == [track_id]
    for table in (tracks, albums, artists, credits_, lyrics, track_genres):
        assert await rows(uploads, table) == 0, table.name
    assert await rows(uploads, search_entries) == 0
    assert await rows(uploads, files, sa.not_(files.c.ignored)) == 0
    for what in ("tracks", "albums", "artists", "genres"):
        request = ListRequest(sort="name" if what in ("artists", "genres") else "title")
        assert (await getattr(uploads.browsing, f"list_{what}")(ADMIN, request)).items == []
    covering = CoverService(uploads.db, uploads.storage, CoverSettings())
    await covering.sweep()
    assert await rows(uploads, covers) == 0
    assert [key async for key in uploads.storage.list_keys("cover-uploads")] == []


async def test_what_another_track_shares_stays(uploads: Uploads) -> None:
    art = cover(64, 64)
    first = await uploads.add_ready(kind="flac", cover=art)
    second = await uploads.add_ready(UMA, kind="flac", cover=art, pitch_hz=500)
    await uploads.editing.delete_track(EVE, first)
    await CoverService(uploads.db, uploads.storage, CoverSettings()).sweep()
    track = await uploads.browsing.get_track(UMA, second)
    assert track.cover is not None
    assert [key async for key in uploads.storage.list_keys("cover-uploads")] != []
    assert track.album_id is not None
    album = await uploads.browsing.get_album(UMA, track.album_id)
    assert (album.title, album.track_count, album.artist_name) == ("Paper Houses", 1, "Mira Okafor")


async def test_who_may_delete_and_change(uploads: Uploads) -> None:
    waiting = await uploads.add()
    for who in (UMA, LISTENER):
        with pytest.raises(NotFound):
            await uploads.editing.delete_track(who, waiting.track_id)
    await uploads.outcomes.make_ready(waiting.track_id, ANALYSIS)
    for who in (UMA, LISTENER):
        with pytest.raises(NotYourTrack):
            await uploads.editing.delete_track(who, waiting.track_id)
    assert len(await uploads.listed(UMA)) == 1
    await uploads.editing.delete_track(ADMIN, waiting.track_id)
    assert await uploads.listed(UMA) == []


async def test_deleted_while_it_is_worked_on_is_told_once_more_at_the_end(uploads: Uploads) -> None:
    added = await uploads.add()
    await uploads.editing.delete_track(EVE, added.track_id)
    await uploads.outcomes.make_ready(added.track_id, ANALYSIS)
    assert uploads.told_of(TrackDeleted) == [added.track_id, added.track_id]
    assert uploads.told_of(TrackAdded) == []


async def test_an_album_or_artist_deleted_by_an_admin_tells_of_every_track(uploads: Uploads) -> None:
    ready = await uploads.add_ready()
    waiting = (await uploads.add(pitch_hz=500)).track_id
    album_id = (await uploads.browsing.get_track(EVE, ready)).album_id
    assert album_id is not None
    await uploads.editing.delete("album", album_id)
    assert sorted(uploads.told_of(TrackDeleted)) == sorted([ready, waiting])


async def test_what_failed_is_forgotten_after_a_while(uploads: Uploads) -> None:
    added = await uploads.add(cover=cover(64, 64), kind="flac")
    kept = await uploads.add(pitch_hz=500)
    await uploads.outcomes.mark_failed(added.track_id)
    await uploads.outcomes.forget_failed()
    assert await rows(uploads, tracks) == 2
    await CoverService(uploads.db, uploads.storage, CoverSettings()).sweep()
    assert await rows(uploads, covers) == 0
    await UploadOutcomes(uploads.db, failed_hours=-1).forget_failed()
    assert await rows(uploads, tracks) == 1
    assert (await uploads.browsing.get_track(EVE, kept.track_id)).title == "Lantern"
    assert uploads.told_of(TrackDeleted) == []


async def test_without_its_sound_a_track_is_missing(uploads: Uploads) -> None:
    audio = await uploads.store()
    await uploads.adding.add(audio)
    await uploads.outcomes.make_ready(audio.track_id, ANALYSIS)
    for _ in range(2):
        await uploads.outcomes.lose_audio(audio.track_id)
    assert uploads.told_of(TrackMissing) == [audio.track_id]
    assert await uploads.listed(UMA) == []
    track = await uploads.browsing.get_track(UMA, audio.track_id)
    assert (track.title, track.present, track.state) == ("Lantern", False, "ready")
    with pytest.raises(NotFound):
        await uploads.originals.get_original(Viewer(EVE.user_id, is_admin=False), audio.track_id)
    assert (await uploads.add()).duplicate_of is None  # the same audio may come again


async def test_a_cover_whose_row_was_never_written_goes_with_the_second_look(uploads: Uploads) -> None:
    await uploads.add_ready(kind="flac", cover=cover(64, 64))
    (kept,) = [key async for key in uploads.storage.list_keys("cover-uploads")]
    await uploads.storage.put("cover-uploads/ab/abcdef.webp", b"stray")
    covering = CoverService(uploads.db, uploads.storage, CoverSettings())
    await covering.sweep()
    assert len([key async for key in uploads.storage.list_keys("cover-uploads")]) == 2
    await covering.sweep()
    assert [key async for key in uploads.storage.list_keys("cover-uploads")] == [kept]
