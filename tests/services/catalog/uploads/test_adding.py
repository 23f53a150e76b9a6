"""A file that media hands over becomes a track: once, whatever happens, and with what its tags say."""

import asyncio
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from support.browsing import ADMIN
from support.images import cover
from support.uploaded import ANALYSIS, EVE, TAGS, UMA, Uploads
from tutti.services.catalog.api import LibraryChanged, NotAudio, TrackAdded, UploadTags, UploadWithdrawn, Viewer
from tutti.services.catalog.repository.uploads import Analysis
from tutti.services.catalog.tables import covers, files, tracks

EVE_SEES = Viewer(EVE.user_id, is_admin=False)


@pytest.mark.parametrize("kind", ["ape", "flac", "mp3", "m4a", "opus"])
async def test_a_track_says_what_its_tags_say(uploads: Uploads, kind: str) -> None:
    track_id = await uploads.add_ready(kind=kind, cover=cover(200, 120))
    track = await uploads.browsing.get_track(EVE, track_id)
    assert (track.title, track.artist_name, track.album_title) == ("Lantern", "Mira Okafor", "Paper Houses")
    assert (track.year, track.track_number, track.genres) == (2021, 3, ["Folk"])
    assert (track.state, track.present, track.uploader_id) == ("ready", True, EVE.user_id)
    assert track.album_id is not None
    album = await uploads.browsing.get_album(UMA, track.album_id)
    assert (album.title, album.artist_name, album.track_count, album.genres) == (
        "Paper Houses",
        "Mira Okafor",
        1,
        ["Folk"],
    )
    assert track.cover is not None
    assert album.cover == track.cover
    assert track.cover.blurhash


async def test_the_filename_stands_in_for_missing_tags(uploads: Uploads) -> None:
    audio = await uploads.store(tags=None, kind="mp3")
    content = await uploads.storage.find(audio.storage_key)
    assert content is not None
    for filename, title in (
        ("../../etc/07 - Ada Lund - Slow Iron.mp3", "Slow Iron"),
        ("C:\\Music\\08 - Ada Lund - Slow Iron.bin", "Slow Iron"),
        ("\x00\ud800.mp3", "upload"),
        ("夜" * 500, "夜" * 500),
    ):
        named = await uploads.store_bytes(content, filename=filename, mime="audio/mpeg", keep_duplicate=True)
        assert (await uploads.adding.add(named)).title == title


async def test_added_twice_is_added_once(uploads: Uploads) -> None:
    audio = await uploads.store()
    first = await uploads.adding.add(audio)
    assert await uploads.adding.add(audio) == first
    assert {(await uploads.adding.add(audio)).track_id for _ in range(2)} == {audio.track_id}
    again = await asyncio.gather(*(uploads.adding.add(audio) for _ in range(3)))
    assert again == [first] * 3
    await uploads.outcomes.make_ready(audio.track_id, ANALYSIS)
    assert await uploads.adding.add(audio) == first
    assert len(await uploads.listed(UMA)) == 1
    await uploads.outcomes.make_ready(audio.track_id, ANALYSIS)
    assert uploads.told_of(TrackAdded) == [audio.track_id]


async def test_two_attempts_at_once_write_one_track(uploads: Uploads) -> None:
    audio = await uploads.store()
    first, second = await asyncio.gather(uploads.adding.add(audio), uploads.adding.add(audio))
    assert first == second
    assert await uploads.db.read(lambda db: db.scalar(sa.select(sa.func.count()).select_from(tracks))) == 1


async def test_the_same_audio_at_once_is_added_once(uploads: Uploads) -> None:
    audios = [await uploads.store(tags=TAGS | {"title": [title]}) for title in ("One", "Two")]
    found = await asyncio.gather(*(uploads.adding.add(audio) for audio in audios))
    assert sorted(each.duplicate_of is None for each in found) == [False, True]
    kept, refused = sorted(found, key=lambda each: each.duplicate_of or "")
    assert refused.duplicate_of == kept.track_id


async def test_a_duplicate_is_one_that_the_uploader_sees(uploads: Uploads) -> None:
    first = await uploads.add(EVE)
    assert (await uploads.add(UMA)).duplicate_of is None  # Eve's is not ready: Uma must not hear of it
    again = await uploads.add(EVE, tags=TAGS | {"title": ["Other"]})
    assert (again.duplicate_of, again.title) == (first.track_id, "Lantern")
    await uploads.outcomes.make_ready(first.track_id, ANALYSIS)
    assert (await uploads.add(UMA, tags=None)).duplicate_of is not None
    assert uploads.told_of(TrackAdded) == [first.track_id]


async def test_a_duplicate_may_be_kept(uploads: Uploads) -> None:
    first = await uploads.add_ready()
    second = await uploads.add_ready(keep_duplicate=True)
    assert first != second
    originals = [await uploads.originals.get_original(EVE_SEES, id_) for id_ in (first, second)]
    assert len({each.storage_key for each in originals}) == 1
    assert len({(await uploads.browsing.get_track(ADMIN, id_)).path for id_ in (first, second)}) == 2


async def test_what_is_no_audio_is_refused_with_its_reason(uploads: Uploads) -> None:
    for content, filename in (
        (b"MZ\x90\x00" * 2_000, "song.mp3"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "song.m3u8"),
        (b"\x00" * 10_000, "song.flac"),
        (b"fLaC", "song.flac"),
    ):
        audio = await uploads.store_bytes(content, filename=filename, mime="application/octet-stream")
        with pytest.raises(NotAudio) as refused:
            await uploads.adding.add(audio)
        assert refused.value.details["reason"]
    assert await uploads.db.read(lambda db: db.scalar(sa.select(sa.func.count()).select_from(files))) == 0


async def test_bytes_that_are_gone_are_no_fault_of_the_file(uploads: Uploads) -> None:
    audio = await uploads.store()
    await uploads.storage.delete(audio.storage_key)
    with pytest.raises(FileNotFoundError):
        await uploads.adding.add(audio)


async def test_the_local_file_is_read_where_media_has_one(uploads: Uploads, tmp_path: Path) -> None:
    audio = await uploads.store(path=str(tmp_path / "elsewhere"))
    content = await uploads.storage.find(audio.storage_key)
    assert content is not None
    (tmp_path / "elsewhere").write_bytes(content)
    await uploads.storage.delete(audio.storage_key)
    assert (await uploads.adding.add(audio)).title == "Lantern"


async def test_a_cover_bomb_costs_the_cover_alone(uploads: Uploads) -> None:
    bomb = cover(9_000, 9_000, image_format="PNG")  # 324 MB once decoded, a few KB as a file
    assert len(bomb) < 1_000_000
    track = await uploads.browsing.get_track(EVE, (await uploads.add(kind="flac", cover=bomb)).track_id)
    assert (track.title, track.cover) == ("Lantern", None)
    assert await uploads.db.read(lambda db: db.scalar(sa.select(sa.func.count()).select_from(covers))) == 0


async def test_the_analysis_fills_in_what_tags_do_not_say(uploads: Uploads) -> None:
    measured = Analysis(duration_ms=1_234, gain_db=-7.5, peak=0.8)
    bare, tagged, silent = [
        await uploads.add(pitch_hz=pitch_hz, tags=TAGS | more)
        for pitch_hz, more in ((300, {}), (301, {"replaygain_track_gain": ["-3.25 dB"]}), (302, {}))
    ]
    for each in (bare, tagged):
        await uploads.outcomes.make_ready(each.track_id, measured)
    await uploads.outcomes.make_ready(silent.track_id, Analysis(duration_ms=0, gain_db=None, peak=None))
    gains = {
        each.track_id: (await uploads.browsing.get_track(EVE, each.track_id)).replay_gain
        for each in (bare, tagged, silent)
    }
    assert (gains[bare.track_id].track_gain_db, gains[bare.track_id].track_peak) == (-7.5, 0.8)
    assert (gains[tagged.track_id].track_gain_db, gains[tagged.track_id].track_peak) == (-3.25, 0.8)
    assert gains[silent.track_id].track_gain_db is None
    assert (await uploads.browsing.get_track(EVE, bare.track_id)).duration_ms == 1_234
    assert (await uploads.browsing.get_track(EVE, silent.track_id)).duration_ms == silent.duration_ms


async def test_tags_set_before_the_track_was_there(uploads: Uploads) -> None:
    tags = UploadTags(title="Lamp", artists=["Ada Lund", "Mira Okafor"], genres=[], year=1999, track_number=1)
    audio = msgspec.structs.replace(await uploads.store(), tags=tags)
    track = await uploads.browsing.get_track(ADMIN, (await uploads.adding.add(audio)).track_id)
    assert (track.title, track.artist_name, track.genres) == ("Lamp", "Ada Lund, Mira Okafor", [])
    assert (track.year, track.track_number) == (1999, 1)
    assert {"title", "artists", "genres", "year", "trackNumber"} <= set(track.overridden)
    assert uploads.told == []


async def test_one_that_was_deleted_does_not_come_back(uploads: Uploads) -> None:
    audio = await uploads.store()
    await uploads.adding.add(audio)
    await uploads.editing.delete_track(EVE, audio.track_id)
    with pytest.raises(UploadWithdrawn):
        await uploads.adding.add(audio)
    await uploads.outcomes.make_ready(audio.track_id, ANALYSIS)
    assert await uploads.listed(EVE) == []
    assert uploads.told_of(TrackAdded) == []


async def test_ready_is_told_with_the_library(uploads: Uploads) -> None:
    await uploads.add_ready()
    track, library = uploads.told
    assert isinstance(track, TrackAdded)
    assert isinstance(library, LibraryChanged)
    assert track.library_id == library.library_id
