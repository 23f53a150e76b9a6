"""Pages of one thing, filters, folders: what is on them, and who may see them."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.browsing import ADMIN, LISTENER, Catalogue
from support.catalogue import made_id
from tutti.kit.paging import BadCursor
from tutti.services.catalog.api import (
    AlbumNotFound,
    ArtistNotFound,
    FolderNotFound,
    Lyrics,
    LyricsLine,
    TrackNotFound,
)
from tutti.services.catalog.repository import pages
from tutti.services.catalog.repository.statistics import recompute
from tutti.services.catalog.service.browsing import ListRequest, viewer
from tutti.services.catalog.tables import credits_, files, library_users, tracks


async def test_an_album_shows_its_discs_and_its_missing_track(catalogue: Catalogue) -> None:
    album_id = catalogue.seeded.album_ids[4]
    on_second = sa.update(tracks).where(tracks.c.album_id == album_id, tracks.c.track_number > 6)
    await catalogue.db.write(lambda db: db.execute(on_second.values(disc_number=2, disc_subtitle="Live")))
    album = await catalogue.browsing.get_album(ADMIN, album_id)
    assert [(disc.number, disc.subtitle, len(disc.tracks)) for disc in album.discs] == [(1, None, 6), (2, "Live", 4)]
    listed = [track for disc in album.discs for track in disc.tracks]
    assert [track.id for track in listed] == catalogue.seeded.track_ids[40:50]
    assert [track.present for track in listed] == [True] * 9 + [False]
    assert album.track_count == 9
    assert album.genres == ["Électro"]
    assert album.cover
    assert album.cover.palette == ["#102030", "#405060"]


async def test_an_artist_page_has_albums_appearances_and_top_tracks(catalogue: Catalogue) -> None:
    artist = await catalogue.browsing.get_artist(ADMIN, catalogue.seeded.artist_ids[1])
    assert {album.id for album in artist.albums} == set(catalogue.seeded.album_ids[2:4])
    years = [album.year or 0 for album in artist.albums]
    assert years == sorted(years, reverse=True), "the newest first"
    assert (
        {album.id for album in artist.appears_on}
        == {
            *catalogue.seeded.album_ids[:2],  # a guest
            *catalogue.seeded.album_ids[-2:],  # the composer
        }
    )
    plays = [track.play_count for track in artist.top_tracks]
    assert len(plays) == 10
    assert plays == sorted(plays, reverse=True)


async def test_a_listener_sees_an_artist_without_what_is_hidden(catalogue: Catalogue) -> None:
    artist_id = catalogue.seeded.artist_ids[1]  # one album in each library
    seen, all_of_it = [await catalogue.browsing.get_artist(who, artist_id) for who in (LISTENER, ADMIN)]
    assert [album.id for album in seen.albums] == [catalogue.seeded.album_ids[2]]
    assert (seen.album_count, all_of_it.album_count) == (1, 2)
    assert seen.track_count < all_of_it.track_count
    assert not {track.album_id for track in seen.top_tracks} & {catalogue.seeded.album_ids[3]}


async def test_what_lies_in_a_hidden_library_is_not_there(catalogue: Catalogue) -> None:
    album_id, track_id = catalogue.seeded.album_ids[3], catalogue.seeded.track_ids[30]
    folder_id = catalogue.seeded.folder_ids[3]
    browsing = catalogue.browsing
    for missing, ask in (
        (AlbumNotFound, lambda who: browsing.get_album(who, album_id)),
        (TrackNotFound, lambda who: browsing.get_track(who, track_id)),
        (TrackNotFound, lambda who: browsing.get_lyrics(who, track_id)),
        (FolderNotFound, lambda who: browsing.get_folder(who, folder_id, None, 10)),
    ):
        assert await ask(ADMIN)
        with pytest.raises(missing):
            await ask(LISTENER)
    assert await browsing.get_tracks(viewer(LISTENER), [track_id]) == []
    assert len(await browsing.list_roots(LISTENER)) == 1
    assert len(await browsing.list_roots(ADMIN)) == 2


async def test_a_listener_who_is_let_in_sees_it(catalogue: Catalogue) -> None:
    let_in = {"user_id": LISTENER.user_id, "library_id": catalogue.seeded.library_ids[1]}
    await catalogue.db.write(lambda db: db.execute(sa.insert(library_users).values(let_in)))
    assert await catalogue.browsing.get_album(LISTENER, catalogue.seeded.album_ids[3])
    assert len(await catalogue.pages("albums", ListRequest(sort="title"), LISTENER)) == 24


async def test_an_artist_of_hidden_tracks_alone_is_not_there(catalogue: Catalogue) -> None:
    """Both albums of an artist in the hidden library, and no guest part elsewhere."""
    hidden = catalogue.seeded.library_ids[1]
    last = catalogue.seeded.artist_ids[-1]

    moved = sa.update(tracks).where(tracks.c.album_id.in_(catalogue.seeded.album_ids[-2:])).values(library_id=hidden)
    guest = sa.delete(credits_).where(credits_.c.artist_id == last, credits_.c.position > 0)
    composer = sa.delete(credits_).where(credits_.c.artist_id == last, credits_.c.role == "composer")
    for change in (moved, guest, composer):
        await catalogue.db.write(lambda db, change: db.execute(change), change)
    await catalogue.db.write(recompute, [], [last], [])
    with pytest.raises(ArtistNotFound):
        await catalogue.browsing.get_artist(LISTENER, last)
    assert await catalogue.browsing.get_artist(ADMIN, last)


async def test_a_track_says_all_and_its_path_to_admins_alone(catalogue: Catalogue) -> None:
    track = await catalogue.browsing.get_track(ADMIN, catalogue.seeded.track_ids[0])
    assert [(credit.role, credit.artist.id) for credit in track.credits] == [
        ("artist", catalogue.seeded.artist_ids[0]),
        ("artist", catalogue.seeded.artist_ids[1]),
        ("composer", catalogue.seeded.artist_ids[2]),
    ]
    assert [artist.id for artist in track.artists] == catalogue.seeded.artist_ids[:2]
    assert [artist.id for artist in track.album_artists] == catalogue.seeded.artist_ids[:1]
    assert track.path == "album 0/0.flac"
    assert (await catalogue.browsing.get_track(LISTENER, track.id)).path is None


async def test_lyrics_come_plain_and_by_time(catalogue: Catalogue) -> None:
    first, second = catalogue.seeded.track_ids[:2]
    found = await catalogue.browsing.get_lyrics(LISTENER, first)
    assert found == Lyrics(first, "la la", [LyricsLine(0, "la"), LyricsLine(900, "la")])
    assert await catalogue.browsing.get_lyrics(LISTENER, second) == Lyrics(second, None, [])
    with pytest.raises(TrackNotFound):
        await catalogue.browsing.get_lyrics(LISTENER, made_id(9, 1))


async def test_tracks_are_given_in_the_order_asked(catalogue: Catalogue) -> None:
    asked = [catalogue.seeded.track_ids[n] for n in (49, 3, 30, 1)] + [made_id(9, 9)]
    assert [track.id for track in await catalogue.browsing.get_tracks(viewer(ADMIN), asked)] == asked[:4]
    seen = await catalogue.browsing.get_tracks(viewer(LISTENER), asked)
    assert [track.id for track in seen] == [asked[0], asked[1], asked[3]], "the missing one too, the hidden one not"


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (ListRequest(sort="added", genre="jazz"), "albums"),
        (ListRequest(sort="title", genre="Drum & Bass"), "tracks"),
        (ListRequest(sort="year", filters={"year_from": 1980, "year_to": 1999}), "albums"),
        (ListRequest(sort="title", filters={"year_to": 1990}), "tracks"),
        (ListRequest(sort="rating", filters={"compilation": True}), "albums"),
        (ListRequest(sort="album", filters={"album": made_id(4, 2)}), "tracks"),
        (ListRequest(sort="played", filters={"artist": made_id(2, 1)}), "tracks"),
        (ListRequest(sort="artist", filters={"artist": made_id(2, 1), "library": made_id(1, 1)}), "albums"),
    ],
)
async def test_filters_narrow(catalogue: Catalogue, request_: ListRequest, kind: str) -> None:
    everything = await catalogue.pages(kind, ListRequest(sort=request_.sort, limit=500))
    narrowed = await catalogue.pages(kind, request_)
    get = catalogue.browsing.get_album if kind == "albums" else catalogue.browsing.get_track
    expected = [item.id for item in everything if fits(await get(ADMIN, item.id), request_)]
    assert expected
    assert [item.id for item in narrowed] == expected
    assert len(expected) < len(everything)


def fits(item: Any, request: ListRequest) -> bool:
    credited = [*item.artists, *(credit.artist for credit in getattr(item, "credits", []))]
    checks = {
        "year_from": lambda value: (item.year or 0) >= value,
        "year_to": lambda value: 0 < (item.year or 0) <= value,
        "compilation": lambda value: item.compilation == value,
        "album": lambda value: item.album_id == value,
        "library": lambda value: item.library_id == value,
        "artist": lambda value: value in {artist.id for artist in credited},
    }
    in_genre = request.genre is None or request.genre.casefold() in [genre.casefold() for genre in item.genres]
    return in_genre and all(checks[name](value) for name, value in request.filters.items())


async def test_a_wide_genre_is_walked_and_gives_the_same(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    request = ListRequest(sort="title", genre="Jazz", limit=3)
    narrow = [await catalogue.pages(kind, request) for kind in ("albums", "tracks")]
    monkeypatch.setattr(pages, "_WIDE_GENRE", 1)
    wide = [await catalogue.pages(kind, request) for kind in ("albums", "tracks")]
    assert wide == narrow
    assert await catalogue.pages("albums", ListRequest(sort="title", genre="no such genre")) == []


@pytest.mark.parametrize(("role", "some"), [("composer", True), ("artist", True), ("conductor", False)])
async def test_artists_by_role(catalogue: Catalogue, role: str, some: bool) -> None:
    found = await catalogue.pages("artists", ListRequest(sort="name", filters={"role": role}))
    assert bool(found) is some


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 40))
async def test_a_folder_pages_through_folders_then_tracks(catalogue: Catalogue, limit: int) -> None:
    root = made_id(7, 0)
    move = sa.update(files).where(files.c.track_id.in_(catalogue.seeded.track_ids[:5])).values(folder_id=root)
    await catalogue.db.write(lambda db: db.execute(move))
    folders: list[str] = []
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await catalogue.browsing.get_folder(ADMIN, root, cursor or None, limit)
        assert len(page.folders) + len(page.tracks) <= limit
        assert not (found and page.folders), "folders come first"
        folders += [folder.id for folder in page.folders]
        found += [track.id for track in page.tracks]
        cursor = page.next_cursor
    assert sorted(folders) == sorted(f for n, f in enumerate(catalogue.seeded.folder_ids) if n % 4 != 3)
    assert found == catalogue.seeded.track_ids[:5]
    assert (page.name, page.parents) == ("Library 0", [])
    inner = await catalogue.browsing.get_folder(ADMIN, catalogue.seeded.folder_ids[4], None, 50)
    assert [parent.name for parent in inner.parents] == ["Library 0"]
    assert len(inner.tracks) == 9, "the missing one is left out"
    with pytest.raises(BadCursor):
        await catalogue.browsing.get_folder(ADMIN, root, "x", limit)
