"""The page of an album that nobody but its uploader is shown: it is called what it will be called."""

from support.images import cover
from support.uploaded import ANALYSIS, EVE, TAGS, UMA, Uploads
from tutti.kit.auth import Identity
from tutti.services.catalog.api import Album, TrackDetail
from tutti.services.catalog.service.browsing import ListRequest


async def album_of(uploads: Uploads, track_id: str, who: Identity = EVE) -> Album:
    album_id = (await track(uploads, track_id, who)).album_id
    assert album_id is not None
    return await uploads.browsing.get_album(who, album_id)


async def track(uploads: Uploads, track_id: str, who: Identity = EVE) -> TrackDetail:
    return await uploads.browsing.get_track(who, track_id)


def leaders(album: Album) -> tuple[str, list[str]]:
    return album.artist_name, [artist.name for artist in album.artists]


async def test_it_bears_what_the_file_says(uploads: Uploads) -> None:
    added = await uploads.add(kind="flac", cover=cover())
    album = await album_of(uploads, added.track_id)
    assert leaders(album) == ("Mira Okafor", ["Mira Okafor"])
    assert (album.year, album.track_count) == (2021, 0)
    assert album.cover is not None
    assert [artist.name for artist in (await track(uploads, added.track_id)).album_artists] == ["Mira Okafor"]
    assert (await uploads.browsing.get_artist(EVE, album.artists[0].id)).albums == []


async def test_it_is_called_the_same_once_it_is_ready(uploads: Uploads) -> None:
    for number, tags in enumerate(
        (
            {"title": ["One"], "album": ["Nobody's"]},
            {"title": ["One"], "album": ["Of one"], "artist": ["Ada Lund", "Mira Okafor"]},
            {"title": ["One"], "album": ["Of many"], "artist": ["Ada Lund"], "compilation": ["1"]},
        )
    ):
        added = await uploads.add(tags=tags, pitch_hz=300 + number)
        before = await album_of(uploads, added.track_id)
        await uploads.outcomes.make_ready(added.track_id, ANALYSIS)
        after = await album_of(uploads, added.track_id)
        assert before.artist_name != ""
        assert (before.id, before.title, leaders(before)) == (after.id, after.title, leaders(after))


async def test_it_follows_what_its_uploader_says(uploads: Uploads) -> None:
    added = await uploads.add(tags={"title": ["One"]})
    await uploads.edit(added.track_id, album="Weather", album_artists=["Ada Lund", "Bo"], year=1999)
    album = await album_of(uploads, added.track_id)
    assert (album.title, leaders(album)) == ("Weather", ("Ada Lund, Bo", ["Ada Lund", "Bo"]))
    assert album.year == 1999
    artists = await uploads.browsing.list_artists(EVE, ListRequest(sort="name", flags=("anyone",)))
    assert artists.items == []  # nobody is listed for it


async def test_what_is_ready_outvotes_what_is_not(uploads: Uploads) -> None:
    ready = await uploads.add_ready()
    for pitch_hz in (500, 600):
        await uploads.add(tags=TAGS | {"title": ["Ember"], "date": ["1999"]}, pitch_hz=pitch_hz)
    assert (await album_of(uploads, ready)).year == 2021
    await uploads.editing.delete_track(EVE, ready)
    waiting = (await uploads.browsing.list_processing(EVE, ListRequest(sort="added"))).items
    assert (await album_of(uploads, waiting[0].id)).year == 1999


async def test_two_uploaders_see_nothing_of_each_other(uploads: Uploads) -> None:
    eves = await uploads.add(kind="flac", cover=cover())
    umas = await uploads.add(UMA, tags={k: v for k, v in TAGS.items() if k != "date"}, pitch_hz=500)
    album = await album_of(uploads, umas.track_id, UMA)
    assert album.id == (await track(uploads, eves.track_id)).album_id
    assert (leaders(album), album.year, album.cover) == (("Mira Okafor", ["Mira Okafor"]), None, None)
    await uploads.outcomes.make_ready(eves.track_id, ANALYSIS)
    assert (await album_of(uploads, umas.track_id, UMA)).year == 2021


async def test_what_failed_is_unsaid(uploads: Uploads) -> None:
    failing = await uploads.add(kind="flac", cover=cover())
    other = await uploads.add(tags=TAGS | {"date": ["1999"]}, pitch_hz=500)
    await uploads.outcomes.mark_failed(failing.track_id)
    album = await album_of(uploads, other.track_id)
    assert (leaders(album)[0], album.year, album.cover) == ("Mira Okafor", 1999, None)
