"""Changes by hand: kept, taken back, counted, found, told."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection

from support.browsing import ADMIN, LISTENER, Catalogue
from support.catalogue import EPOCH, made_id
from tutti.services.catalog.api import (
    AlbumNotFound,
    ArtistNotFound,
    GenreNotFound,
    LibraryChanged,
    NameTaken,
    TrackChanged,
    TrackDeleted,
    TrackNotFound,
)
from tutti.services.catalog.api.patches import (
    AlbumPatch,
    ArtistPatch,
    GenrePatch,
    NewAlbum,
    NewArtist,
    NewGenre,
    NewTrack,
    TrackPatch,
)
from tutti.services.catalog.repository.overrides import keep_overrides
from tutti.services.catalog.service.browsing import ListRequest
from tutti.services.catalog.tables import albums, files, overrides, tracks


async def test_an_album_keeps_what_was_set_and_gives_it_back(catalogue: Catalogue) -> None:
    album_id = catalogue.seeded.album_ids[2]
    before = await catalogue.browsing.get_album(ADMIN, album_id)
    title, genres = "The Ætherial  Ending", ["Jazz", "New"]
    patch = AlbumPatch(title=title, year=1971, compilation=True, labels=["Own"], genres=genres)
    await catalogue.editing.edit(ADMIN, "album", album_id, patch)

    after = await catalogue.browsing.get_album(ADMIN, album_id)
    assert (after.title, after.year, after.compilation, after.labels) == (title, 1971, True, ["Own"])
    assert after.genres == genres
    assert after.overridden == ["compilation", "genres", "labels", "sortTitle", "title", "year"]
    assert (await catalogue.browsing.get_album(LISTENER, album_id)).overridden == [], "only admins see what was set"
    titles = [album.title for album in await catalogue.pages("albums", ListRequest(sort="title"))]
    assert titles[0] == title, "it sorts as 'aetherial ending'"
    assert (await catalogue.browsing.search(ADMIN, "aetherial", ["album"], 5)).albums[0].id == album_id

    undo = AlbumPatch(title=None, year=None, compilation=None, labels=None, genres=None)
    await catalogue.editing.edit(ADMIN, "album", album_id, undo)
    assert await catalogue.browsing.get_album(ADMIN, album_id) == before


async def test_a_track_is_credited_by_name_and_given_back(catalogue: Catalogue) -> None:
    track_id = catalogue.seeded.track_ids[0]
    before = await catalogue.browsing.get_track(ADMIN, track_id)
    assert len(before.artists) == 2
    known = (await catalogue.browsing.get_artist(ADMIN, catalogue.seeded.artist_ids[5])).name
    patch = TrackPatch(artists=[known.upper(), "Somebody New"], genres=[], comment="", disc_number=3)
    await catalogue.editing.edit(ADMIN, "track", track_id, patch)

    after = await catalogue.browsing.get_track(ADMIN, track_id)
    assert after.artists[0].id == catalogue.seeded.artist_ids[5], "names find artists whatever their case"
    assert after.artist_name == f"{known.upper()}, Somebody New"
    assert (after.genres, after.comment, after.disc_number) == ([], "", 3)
    new = await catalogue.browsing.get_artist(ADMIN, after.artists[1].id)
    assert (new.name, new.track_count) == ("Somebody New", 1)
    assert [track.id for track in new.top_tracks] == [track_id]

    await catalogue.editing.edit(ADMIN, "track", track_id, TrackPatch(artists=None, genres=None, comment=None))
    undone = await catalogue.browsing.get_track(ADMIN, track_id)
    assert replace(undone, disc_number=1, overridden=[]) == before
    assert undone.overridden == ["discNumber"]
    assert (await catalogue.browsing.get_artist(ADMIN, new.id)).track_count == 0


async def test_an_edit_of_an_edit_still_gives_the_scanned_value_back(catalogue: Catalogue) -> None:
    artist_id = catalogue.seeded.artist_ids[0]
    before = (await catalogue.browsing.get_artist(ADMIN, artist_id)).name
    for name in ("One", "Two", None):
        await catalogue.editing.edit(ADMIN, "artist", artist_id, ArtistPatch(name=name))
    assert (await catalogue.browsing.get_artist(ADMIN, artist_id)).name == before
    assert await catalogue.db.read(lambda db: db.scalar(sa.select(sa.func.count()).select_from(overrides))) == 0


async def test_edits_are_told(catalogue: Catalogue) -> None:
    album_id = catalogue.seeded.album_ids[0]
    await catalogue.editing.edit(ADMIN, "album", album_id, AlbumPatch(title="Other"))
    changed = [event.track_id for event in catalogue.told if isinstance(event, TrackChanged)]
    assert sorted(changed) == catalogue.seeded.track_ids[:10]
    assert LibraryChanged(library_id=catalogue.seeded.library_ids[0]) in catalogue.told

    catalogue.told.clear()
    await catalogue.editing.edit(ADMIN, "album", album_id, AlbumPatch())
    await catalogue.editing.edit(ADMIN, "album", album_id, AlbumPatch(year=None))
    assert catalogue.told == [], "nothing changed, nothing told"


async def test_the_scanner_is_told_what_to_keep(catalogue: Catalogue) -> None:
    """What a scan reads while a field is overridden is what comes back when the override goes."""
    track_id = catalogue.seeded.track_ids[3]
    await catalogue.editing.edit(ADMIN, "track", track_id, TrackPatch(title="By hand"))
    scanned = {track_id: {"title": "Tagged anew", "sort_title": "tagged anew", "year": 1999}}
    kept = await catalogue.db.write(keep_overrides, "track", scanned)
    assert kept == {track_id: {"title": "By hand", "sort_title": "by hand", "year": 1999}}
    await catalogue.editing.edit(ADMIN, "track", track_id, TrackPatch(title=None))
    assert (await catalogue.browsing.get_track(ADMIN, track_id)).title == "Tagged anew"


async def test_things_are_made_by_hand(catalogue: Catalogue) -> None:
    artist_id = await catalogue.editing.create_artist(NewArtist(name="Handmade", biography="From clay."))
    album_id = await catalogue.editing.create_album(NewAlbum(title="Clay", artists=["handmade"], genres=["Pottery"]))
    track = NewTrack(title="Wheel", album_id=UUID(album_id), duration_ms=1000)
    track_id = await catalogue.editing.create_track(track)

    artist = await catalogue.browsing.get_artist(LISTENER, artist_id)
    assert (artist.album_count, artist.track_count, artist.biography) == (1, 1, "From clay.")
    album = await catalogue.browsing.get_album(LISTENER, album_id)
    assert [t.id for disc in album.discs for t in disc.tracks] == [track_id]
    assert (album.track_count, album.duration_ms) == (1, 1000)
    found = await catalogue.browsing.search(LISTENER, "clay", ["album", "track"], 5)
    assert (found.albums[0].id, found.tracks[0].id) == (album_id, track_id)
    with pytest.raises(NameTaken):
        await catalogue.editing.create_artist(NewArtist(name="HANDMADE"))
    with pytest.raises(NameTaken):
        await catalogue.editing.create_genre(NewGenre(name="pottery"))


async def test_a_renamed_genre_is_still_meant_by_its_old_name(catalogue: Catalogue) -> None:
    genre_id = catalogue.seeded.genre_ids[0]
    await catalogue.editing.edit(ADMIN, "genre", genre_id, GenrePatch(name="Zzz"))
    assert (await catalogue.pages("genres", ListRequest(sort="name")))[-1].id == genre_id
    by_old_name = await catalogue.pages("albums", ListRequest(sort="title", genre="ambient"))
    assert by_old_name
    assert by_old_name == await catalogue.pages("albums", ListRequest(sort="title", genre=genre_id))


async def test_a_deleted_track_leaves_its_file_ignored(catalogue: Catalogue) -> None:
    track_id, album_id = catalogue.seeded.track_ids[0], catalogue.seeded.album_ids[0]
    await catalogue.editing.delete("track", track_id)
    assert TrackDeleted(track_id=track_id) in catalogue.told
    with pytest.raises(TrackNotFound):
        await catalogue.browsing.get_track(ADMIN, track_id)
    assert (await catalogue.browsing.get_album(ADMIN, album_id)).track_count == 9
    ignored = sa.select(files.c.ignored).where(files.c.track_id == track_id)
    assert await catalogue.db.read(lambda db: db.scalar(ignored)) is True


async def test_an_artist_goes_with_what_is_theirs_alone(catalogue: Catalogue) -> None:
    artist_id = catalogue.seeded.artist_ids[1]
    await catalogue.editing.delete("artist", artist_id)
    with pytest.raises(ArtistNotFound):
        await catalogue.browsing.get_artist(ADMIN, artist_id)
    for album_id in catalogue.seeded.album_ids[2:4]:
        with pytest.raises(AlbumNotFound):
            await catalogue.browsing.get_album(ADMIN, album_id)
    shared = await catalogue.browsing.get_track(ADMIN, catalogue.seeded.track_ids[0])
    assert artist_id not in {artist.id for artist in shared.artists}, "on others' tracks only the credit goes"
    deleted = {event.track_id for event in catalogue.told if isinstance(event, TrackDeleted)}
    assert deleted == set(catalogue.seeded.track_ids[20:40])


async def test_a_deleted_genre_leaves_its_tracks(catalogue: Catalogue) -> None:
    genre_id = catalogue.seeded.genre_ids[0]
    await catalogue.editing.delete("genre", genre_id)
    with pytest.raises(GenreNotFound):
        await catalogue.browsing.get_genre(ADMIN, genre_id)
    assert (await catalogue.browsing.get_track(ADMIN, catalogue.seeded.track_ids[0])).genres == []


@pytest.mark.parametrize("kind", ["artist", "album", "track", "genre"])
async def test_what_is_not_there_cannot_be_changed(catalogue: Catalogue, kind: Any) -> None:
    patch = GenrePatch(name="x") if kind in ("genre", "artist") else AlbumPatch(title="x")
    with pytest.raises((ArtistNotFound, AlbumNotFound, TrackNotFound, GenreNotFound)):
        await catalogue.editing.edit(ADMIN, kind, made_id(9, 9), patch)
    with pytest.raises((ArtistNotFound, AlbumNotFound, TrackNotFound, GenreNotFound)):
        await catalogue.editing.delete(kind, made_id(9, 9))
    assert catalogue.told == []


async def test_tracks_sort_by_the_title_their_album_was_given(catalogue: Catalogue) -> None:
    album_id = catalogue.seeded.album_ids[4]
    await catalogue.editing.edit(ADMIN, "album", album_id, AlbumPatch(title="0 First"))
    listed = await catalogue.pages("tracks", ListRequest(sort="album", limit=500))
    assert {track.album_id for track in listed[:9]} == {album_id}


def updated_at(connection: Connection, album_id: str) -> Any:
    return connection.scalar(sa.select(albums.c.updated_at).where(albums.c.id == album_id))


async def test_an_edit_moves_the_time_of_the_last_change(catalogue: Catalogue) -> None:
    album_id = catalogue.seeded.album_ids[0]
    await catalogue.editing.edit(ADMIN, "album", album_id, AlbumPatch(title="Other"))
    assert await catalogue.db.read(updated_at, album_id) > EPOCH
    assert await catalogue.db.read(lambda db: db.scalar(sa.select(tracks.c.id).limit(1)))
