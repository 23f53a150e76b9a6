"""What an uploader says of a track holds, until it is taken back; and decides which album it is on."""

import pytest

from support.browsing import ADMIN
from support.uploaded import EVE, TAGS, UMA, Uploads
from tutti.services.catalog.api import LibraryChanged, TrackChanged, TrackDetail, TrackNotFound
from tutti.services.catalog.service.browsing import ListRequest

UNTAGGED = {"title": ["Lantern"]}


async def albums(uploads: Uploads) -> set[tuple[str, str, int, int | None]]:
    page = await uploads.browsing.list_albums(UMA, ListRequest(sort="title"))
    return {(album.title, album.artist_name, album.track_count, album.year) for album in page.items}


async def track(uploads: Uploads, track_id: str) -> TrackDetail:
    return await uploads.browsing.get_track(ADMIN, track_id)


async def test_fields_are_set_and_taken_back(uploads: Uploads) -> None:
    track_id = await uploads.add_ready()
    await uploads.edit(track_id, title="Lamp", genres=["Jazz", "Blues"], year=1999, disc_number=2, track_number=9)
    seen = await track(uploads, track_id)
    assert (seen.title, seen.genres, seen.year) == ("Lamp", ["Blues", "Jazz"], 1999)
    assert (seen.disc_number, seen.track_number) == (2, 9)
    assert {genre.name for genre in (await uploads.browsing.list_genres(UMA, ListRequest(sort="name"))).items} == {
        "Blues",
        "Jazz",
    }
    found = await uploads.browsing.search(UMA, "lamp", ("track",), 5)
    assert [each.id for each in found.tracks] == [track_id]
    await uploads.edit(track_id, title=None, genres=None, year=None)
    seen = await track(uploads, track_id)
    assert (seen.title, seen.genres, seen.year, seen.track_number) == ("Lantern", ["Folk"], 2021, 9)


async def test_another_album_takes_the_track_along(uploads: Uploads) -> None:
    staying, moving = await uploads.add_ready(), await uploads.add_ready(pitch_hz=500)
    await uploads.edit(moving, album="Other Houses")
    assert await albums(uploads) == {
        ("Paper Houses", "Mira Okafor", 1, 2021),
        ("Other Houses", "Mira Okafor", 1, 2021),
    }
    assert [each.id for each in (await uploads.browsing.search(UMA, "other houses", ("track",), 5)).tracks] == [moving]
    await uploads.edit(staying, album="Other Houses", album_artists=["Ada Lund"])
    assert await albums(uploads) == {("Other Houses", "Mira Okafor", 1, 2021), ("Other Houses", "Ada Lund", 1, 2021)}
    await uploads.edit(staying, album_artists=None)
    assert await albums(uploads) == {("Other Houses", "Mira Okafor", 2, 2021)}
    for each in (staying, moving):
        await uploads.edit(each, album=None)
    assert await albums(uploads) == {("Paper Houses", "Mira Okafor", 2, 2021)}
    assert (await track(uploads, moving)).overridden == []


async def test_a_file_without_an_album_gets_one(uploads: Uploads) -> None:
    first, second = [await uploads.add_ready(tags=UNTAGGED, pitch_hz=pitch_hz) for pitch_hz in (300, 301)]
    assert await albums(uploads) == set()
    for each in (first, second):
        await uploads.edit(each, album="Weather", artists=["Ada Lund", "Mira Okafor"], year=2024)
    assert await albums(uploads) == {("Weather", "Ada Lund", 2, 2024)}
    assert (await track(uploads, first)).album_artists[0].name == "Ada Lund"
    artists = await uploads.browsing.list_artists(UMA, ListRequest(sort="name", flags=("anyone",)))
    assert {(each.name, each.album_count, each.track_count) for each in artists.items} == {
        ("Ada Lund", 1, 2),
        ("Mira Okafor", 0, 2),
    }
    for each in (first, second):
        await uploads.edit(each, album=None)
    assert await albums(uploads) == set()


async def test_correcting_before_it_is_ready_tells_nobody(uploads: Uploads) -> None:
    added = await uploads.add()
    await uploads.edit(added.track_id, title="Lamp", album="Weather")
    assert uploads.told == []
    assert await albums(uploads) == set()
    seen = await track(uploads, added.track_id)
    assert (seen.title, seen.album_title, seen.state) == ("Lamp", "Weather", "processing")


async def test_correcting_a_ready_track_is_told(uploads: Uploads) -> None:
    track_id = await uploads.add_ready()
    uploads.told.clear()
    await uploads.edit(track_id, title="Lamp")
    assert uploads.told_of(TrackChanged) == [track_id]
    assert len(uploads.told_of(LibraryChanged)) == 1


async def test_only_ones_own_and_only_what_is_there(uploads: Uploads) -> None:
    track_id = await uploads.add_ready()
    with pytest.raises(TrackNotFound):
        await uploads.edit(track_id, UMA, title="Mine")
    await uploads.editing.delete_track(EVE, track_id)
    for gone in (track_id, "01900000-0000-7000-8000-00000000dead"):
        with pytest.raises(TrackNotFound):
            await uploads.edit(gone, title="Nothing")


async def test_one_album_of_several_uploaders(uploads: Uploads) -> None:
    await uploads.add_ready(EVE)
    await uploads.add_ready(UMA, pitch_hz=500)
    assert await albums(uploads) == {("Paper Houses", "Mira Okafor", 2, 2021)}


async def test_a_compilation_that_names_nobody_is_one_album(uploads: Uploads) -> None:
    for pitch_hz, artist in ((300, "Ada Lund"), (301, "Mira Okafor")):
        tags = {"title": ["One"], "artist": [artist], "album": ["Summer"], "compilation": ["1"]}
        await uploads.add_ready(tags=tags, pitch_hz=pitch_hz)
    assert await albums(uploads) == {("Summer", "Various Artists", 2, None)}


async def test_an_artist_or_album_edited_by_an_admin_keeps_quiet_about_what_is_not_ready(uploads: Uploads) -> None:
    ready = await uploads.add_ready()
    await uploads.add(tags=TAGS, pitch_hz=500)
    album_id = (await track(uploads, ready)).album_id
    assert album_id is not None
    uploads.told.clear()
    await uploads.editing.override(ADMIN, "album", album_id, {"title": "Renamed"})
    assert uploads.told_of(TrackChanged) == [ready]
