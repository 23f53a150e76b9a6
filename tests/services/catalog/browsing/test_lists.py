"""Every order of every list: complete, in order, stable by cursor whatever the limit."""

from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from support.browsing import ADMIN, LISTENER, Catalogue
from support.catalogue import made_id
from tutti.kit.paging import BadCursor, encode_cursor
from tutti.services.catalog.repository import lists
from tutti.services.catalog.service.browsing import ListRequest
from tutti.services.catalog.service.keys import sort_key
from tutti.services.catalog.tables import albums, tracks

LISTINGS = {"albums": lists.ALBUMS, "tracks": lists.TRACKS, "artists": lists.ARTISTS, "genres": lists.GENRES}
ANYONE = {"artists": ("anyone",)}
slow_fixtures = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def in_python(connection: Connection, kind: str, sort: str, order: str) -> list[str]:
    """What the list should hold, sorted by Python instead of by an index."""
    listing = LISTINGS[kind]
    shown = [listing.shown] if listing.shown is not None else [listing.conditions["anyone"]]
    rows = connection.execute(sa.select(*listing.orders[sort]).where(*shown)).all()
    return [row[-1] for row in sorted(map(tuple, rows), reverse=order == "desc")]


@pytest.mark.parametrize("kind", LISTINGS)
async def test_a_list_holds_everything_in_each_order(catalogue: Catalogue, kind: str) -> None:
    for sort, order in product(LISTINGS[kind].orders, ("asc", "desc")):
        request = ListRequest(sort=sort, order=order, limit=17, flags=ANYONE.get(kind, ()))
        items = await catalogue.pages(kind, request)
        expected = await catalogue.db.read(in_python, kind, sort, order)
        assert [item.id for item in items] == expected, (sort, order)


@pytest.mark.parametrize("kind", LISTINGS)
async def test_names_run_upwards_and_the_newest_comes_first(catalogue: Catalogue, kind: str) -> None:
    for sort in LISTINGS[kind].orders:
        by_default = await catalogue.pages(kind, ListRequest(sort=sort, limit=500, flags=ANYONE.get(kind, ())))
        upwards = sort in {"title", "artist", "album", "name", "duration"}
        order = "asc" if upwards else "desc"
        assert [item.id for item in by_default] == await catalogue.db.read(in_python, kind, sort, order)


@slow_fixtures
@given(st.data())
async def test_each_item_comes_once_while_others_are_added(catalogue: Catalogue, data: st.DataObject) -> None:
    """A row that comes in between may or may not be seen; the ones that were there are all seen, once."""
    sort = data.draw(st.sampled_from(list(lists.ALBUMS.orders)))
    limit = data.draw(st.integers(1, 40))
    before = await catalogue.db.read(in_python, "albums", sort, "asc")

    async def add_one(number: int) -> None:
        await catalogue.db.write(insert_album, data.draw(st.integers(2**20, 2**40)), data.draw(st.integers(0, 2100)))

    request = ListRequest(sort=sort, order="asc", limit=limit)
    seen = [album.id for album in await catalogue.pages("albums", request, between=add_one)]
    assert len(seen) == len(set(seen))
    assert [id_ for id_ in seen if id_ in set(before)] == before


def insert_album(connection: Connection, number: int, year: int) -> None:
    """A copy of an album under another name, so that it may land anywhere."""
    if connection.scalar(sa.select(albums.c.id).where(albums.c.id == made_id(4, number))):
        return
    row = dict(connection.execute(sa.select(albums).limit(1)).one()._mapping)
    title = chr(97 + number % 26) + str(number)
    row |= {"id": made_id(4, number), "identity_key": f"new {number}", "title": title, "sort_title": sort_key(title)}
    row |= {"year": year, "play_count": number % 60, "rating": number % 6 / 1.0}
    connection.execute(sa.insert(albums).values(row))


@pytest.mark.parametrize(
    "cursor",
    [
        "garbage!",
        encode_cursor("albums:year:desc", (1999, "x", made_id(4, 1))),
        encode_cursor("albums:title:asc", ("x", "no id")),
        encode_cursor("albums:title:asc", ("nul\0", made_id(4, 1))),
        encode_cursor("albums:title:asc", (7, made_id(4, 1))),
        encode_cursor("albums:title:asc", ("x",)),
    ],
)
async def test_a_cursor_of_another_list_or_an_altered_one_is_refused(catalogue: Catalogue, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await catalogue.browsing.list_albums(ADMIN, ListRequest(sort="title", cursor=cursor))


@pytest.mark.parametrize(("sort", "key"), [("year", (2**40, "x")), ("added", ("2024-01-01",)), ("rating", ("high",))])
async def test_an_altered_key_never_reaches_the_database(catalogue: Catalogue, sort: str, key: tuple[Any, ...]) -> None:
    cursor = encode_cursor(f"albums:{sort}:desc", (*key, made_id(4, 1)))
    with pytest.raises(BadCursor):
        await catalogue.browsing.list_albums(ADMIN, ListRequest(sort=sort, cursor=cursor))


async def test_missing_tracks_and_empty_albums_are_not_listed(catalogue: Catalogue) -> None:
    def empty_one(connection: Connection) -> None:
        first, second, third = catalogue.seeded.album_ids[:3]
        connection.execute(sa.update(albums).where(albums.c.id.in_([first, second])).values(track_count=0))
        connection.execute(sa.update(albums).where(albums.c.id == second).values(by_hand=True))
        connection.execute(sa.update(tracks).where(tracks.c.album_id == third).values(present=False))

    await catalogue.db.write(empty_one)
    first, second, third = catalogue.seeded.album_ids[:3]
    shown = {album.id for album in await catalogue.pages("albums", ListRequest(sort="title"))}
    assert first not in shown, "no track of it is there"
    assert second in shown, "made by hand, it needs none"
    listed = await catalogue.pages("tracks", ListRequest(sort="title"))
    assert third not in {track.album_id for track in listed}
    assert all(track.present for track in listed)


async def test_a_listener_sees_the_open_library_alone(catalogue: Catalogue) -> None:
    hidden = set(catalogue.seeded.album_ids[3::4])
    for sort in lists.ALBUMS.orders:
        seen = {a.id for a in await catalogue.pages("albums", ListRequest(sort=sort, limit=5), LISTENER)}
        assert seen == set(catalogue.seeded.album_ids) - hidden
    listed = await catalogue.pages("tracks", ListRequest(sort="added", limit=50), LISTENER)
    assert not hidden & {track.album_id for track in listed}
    genres = await catalogue.pages("genres", ListRequest(sort="name"), LISTENER)
    all_genres = await catalogue.pages("genres", ListRequest(sort="name"))
    assert sum(genre.track_count for genre in genres) < sum(genre.track_count for genre in all_genres)
