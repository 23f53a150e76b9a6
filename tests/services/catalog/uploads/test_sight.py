"""A track that is not ready is its uploader's and the admins' alone: nowhere else, under no name, in no count."""

import msgspec
import pytest

from support.browsing import ADMIN, LISTENER
from support.uploaded import ANALYSIS, EVE, TAGS, UMA, Uploads
from tutti.kit.auth import Identity
from tutti.kit.errors import NotFound
from tutti.services.catalog.api import Viewer
from tutti.services.catalog.service.browsing import ListRequest


async def everything(uploads: Uploads, who: Identity) -> bytes:
    """All that the lists, the folders and the search show somebody."""
    browsing = uploads.browsing
    shown = [
        await browsing.list_tracks(who, ListRequest(sort="added")),
        await browsing.list_albums(who, ListRequest(sort="added")),
        await browsing.list_artists(who, ListRequest(sort="name", flags=("anyone",))),
        await browsing.list_artists(who, ListRequest(sort="name", filters={"role": "artist"})),
        await browsing.list_genres(who, ListRequest(sort="name")),
        await browsing.search(who, "lantern", ("track", "album", "artist"), 10),
        await browsing.search(who, "paper", ("track", "album", "artist"), 10),
        await browsing.search(who, "mira", ("track", "album", "artist"), 10),
        [await browsing.get_folder(who, each.id, None, 50) for each in await browsing.list_roots(who)],
    ]
    return msgspec.json.encode(shown)


async def test_a_processing_track_is_on_no_list(uploads: Uploads) -> None:
    before = {who.name: await everything(uploads, who) for who in (UMA, EVE, ADMIN, LISTENER)}
    added = await uploads.add()
    for who in (UMA, EVE, ADMIN, LISTENER):
        text = await everything(uploads, who)
        # The library itself is there from the first upload on; nothing is in it.
        assert before[who.name][:-4] == text[: len(before[who.name]) - 4]
        assert added.track_id.encode() not in text
        for word in (b"Lantern", b"Paper Houses", b"Mira", b"Folk"):
            assert word not in text
    await uploads.outcomes.make_ready(added.track_id, ANALYSIS)
    for who in (UMA, EVE, ADMIN, LISTENER):
        text = await everything(uploads, who)
        for word in (b"Lantern", b"Paper Houses", b"Mira", b"Folk"):
            assert word in text, (who.name, word)


async def test_its_uploader_and_admins_find_it_by_its_id(uploads: Uploads) -> None:
    added = await uploads.add()
    for who in (EVE, ADMIN):
        track = await uploads.browsing.get_track(who, added.track_id)
        assert (track.state, track.present, track.uploader_id) == ("processing", False, EVE.user_id)
        assert [each.id for each in await uploads.browsing.get_tracks(_sees(who), [added.track_id])] == [track.id]
        await uploads.browsing.get_lyrics(who, added.track_id)
        assert track.album_id is not None
        album = await uploads.browsing.get_album(who, track.album_id)
        assert (album.title, album.artist_name, album.track_count) == ("Paper Houses", "Mira Okafor", 0)
        assert [each.id for disc in album.discs for each in disc.tracks] == [track.id]
        assert (await uploads.browsing.get_artist(who, track.artists[0].id)).name == "Mira Okafor"
        assert (await uploads.originals.get_original(_sees(who), added.track_id)).track_id == added.track_id


async def test_nobody_else_does(uploads: Uploads) -> None:
    added = await uploads.add()
    track = await uploads.browsing.get_track(EVE, added.track_id)
    assert track.album_id is not None
    for who in (UMA, LISTENER):
        for asking in (
            uploads.browsing.get_track(who, track.id),
            uploads.browsing.get_lyrics(who, track.id),
            uploads.browsing.get_album(who, track.album_id),
            uploads.browsing.get_artist(who, track.artists[0].id),
            uploads.originals.get_original(_sees(who), track.id),
        ):
            with pytest.raises(NotFound):
                await asking
        assert await uploads.browsing.get_tracks(_sees(who), [track.id]) == []


async def test_an_album_shows_others_only_what_is_ready(uploads: Uploads) -> None:
    ready = await uploads.add_ready()
    waiting = await uploads.add(tags=TAGS | {"title": ["Ember"]}, pitch_hz=500)
    album_id = (await uploads.browsing.get_track(EVE, ready)).album_id
    assert album_id is not None
    seen = {
        who.name: {
            track.id for disc in (await uploads.browsing.get_album(who, album_id)).discs for track in disc.tracks
        }
        for who in (EVE, ADMIN, UMA)
    }
    assert seen == {"eve": {ready, waiting.track_id}, "ada": {ready, waiting.track_id}, "uma": {ready}}
    assert (await uploads.browsing.get_album(EVE, album_id)).track_count == 1


async def test_who_uploaded_is_for_themselves_and_admins(uploads: Uploads) -> None:
    track_id = await uploads.add_ready()
    shown = {who.name: (await uploads.listed(who))[0].uploader_id for who in (EVE, ADMIN, UMA)}
    assert shown == {"eve": EVE.user_id, "ada": EVE.user_id, "uma": None}
    assert (await uploads.browsing.get_track(UMA, track_id)).path is None


async def test_processing_ones_are_listed_to_their_uploader(uploads: Uploads) -> None:
    eves = {(await uploads.add(pitch_hz=pitch_hz)).track_id for pitch_hz in (300, 301, 302)}
    umas = {(await uploads.add(UMA, pitch_hz=400)).track_id}
    await uploads.add_ready(pitch_hz=500)
    failed = await uploads.add(pitch_hz=600)
    await uploads.outcomes.mark_failed(failed.track_id)

    async def listed(who: Identity) -> set[str]:
        found: set[str] = set()
        cursor: str | None = ""
        while cursor is not None:
            request = ListRequest(sort="added", limit=2, cursor=cursor or None)
            page = await uploads.browsing.list_processing(who, request)
            found |= {track.id for track in page.items}
            cursor = page.next_cursor
        return found

    assert (await listed(EVE), await listed(UMA)) == (eves, umas)
    assert (await listed(ADMIN), await listed(LISTENER)) == (eves | umas, set())


async def test_a_failed_one_is_nobodys_and_can_be_tried_again(uploads: Uploads) -> None:
    audio = await uploads.store()
    await uploads.adding.add(audio)
    await uploads.outcomes.mark_failed(audio.track_id)
    for who in (EVE, ADMIN):
        with pytest.raises(NotFound):
            await uploads.browsing.get_track(who, audio.track_id)
        assert await uploads.browsing.get_tracks(_sees(who), [audio.track_id]) == []
    with pytest.raises(NotFound):
        await uploads.editing.delete_track(EVE, audio.track_id)
    assert (await uploads.add(EVE)).duplicate_of is None
    assert (await uploads.adding.add(msgspec.structs.replace(audio, keep_duplicate=True))).duplicate_of is None
    assert (await uploads.browsing.get_track(EVE, audio.track_id)).state == "processing"
    await uploads.outcomes.mark_failed(audio.track_id)  # told late: the work goes on, and ends well
    await uploads.outcomes.make_ready(audio.track_id, ANALYSIS)
    assert audio.track_id in {track.id for track in await uploads.listed(UMA)}
    await uploads.outcomes.mark_failed(audio.track_id)  # nor does it take back what is ready
    assert audio.track_id in {track.id for track in await uploads.listed(UMA)}


def _sees(who: Identity) -> Viewer:
    return Viewer(who.user_id, who.is_admin)
