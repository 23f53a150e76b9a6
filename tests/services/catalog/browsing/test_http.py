"""The routes: shapes on the wire, who is let in, and that a hidden library is nowhere."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from support.browsing import ADMIN, LISTENER
from support.browsing_http import bearer, browsing_client, build_browsing
from support.catalogue import Seeded, made_id, seed
from tutti.kit.auth import Identity
from tutti.kit.settings import Settings
from tutti.main import build_process, opened

UPLOADER = Identity("01900000-0000-7000-8000-0000000000cc", "eve", "uploader", "s")
READ = {
    "albums": {"id", "title", "artists", "artistName", "year", "cover", "trackCount", "durationMs", "compilation"},
    "tracks": {"id", "title", "artists", "albumId", "albumTitle", "discNumber", "durationMs", "replayGain", "present"},
    "artists": {"id", "name", "cover", "albumCount", "trackCount", "playCount"},
    "genres": {"id", "name", "albumCount", "trackCount"},
}


@pytest.fixture
async def seeded_http(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, Seeded]]:
    process = build_process(settings, ["none"])
    process.add(build_browsing)
    async with opened(process), browsing_client(process) as http:
        yield http, await process.db.write(seed, 120, hidden_library=True)


@pytest.mark.parametrize("kind", READ)
async def test_lists_page_on_the_wire(seeded_http: tuple[httpx.AsyncClient, Seeded], kind: str) -> None:
    http, _ = seeded_http
    items: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await http.get(f"/{kind}", params={"limit": 7, "cursor": cursor}, headers=bearer(LISTENER))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert set(page) == {"items", "nextCursor"}
        items += page["items"]
        cursor = page["nextCursor"]
    assert items
    assert READ[kind] <= set(items[0])
    assert len({item["id"] for item in items}) == len(items)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/albums?sort=random", 400),
        ("/albums?order=up", 400),
        ("/albums?limit=0", 400),
        ("/albums?limit=501", 400),
        ("/albums?year=abc", 400),
        ("/albums?artist=not-an-id", 400),
        ("/albums?cursor=abc", 400),
        ("/tracks?sort=duration&order=asc&yearFrom=1990&yearTo=1999&genre=Jazz", 200),
        ("/albums?compilation=true&sort=rating", 200),
        ("/artists?role=composer", 200),
        ("/artists?role=any&sort=albums", 200),
        ("/search?q=a&type=track,album", 200),
        ("/search?q=%22%00*", 200),
        ("/search", 400),
        ("/folders", 200),
    ],
)
async def test_parameters_are_checked(seeded_http: tuple[httpx.AsyncClient, Seeded], path: str, status: int) -> None:
    http, _ = seeded_http
    answer = await http.get(path, headers=bearer(LISTENER))
    assert answer.status_code == status, answer.text
    if status == 400:
        assert set(answer.json()) == {"code", "message", "details", "traceId"}


async def test_a_hidden_library_is_nowhere(seeded_http: tuple[httpx.AsyncClient, Seeded]) -> None:
    http, seeded = seeded_http
    album, track, folder = seeded.album_ids[3], seeded.track_ids[30], seeded.folder_ids[3]
    paths = [f"/albums/{album}", f"/tracks/{track}", f"/tracks/{track}/lyrics", f"/folders/{folder}"]
    paths += [f"/folders/{made_id(7, 1)}"]
    for path in paths:
        assert (await http.get(path, headers=bearer(ADMIN))).status_code == 200, path
        answer = await http.get(path, headers=bearer(LISTENER))
        assert answer.status_code == 404, path
        assert answer.json()["code"].endswith("_NOT_FOUND")
    hidden_title = (await http.get(f"/albums/{album}", headers=bearer(ADMIN))).json()["title"]
    lists = ["/albums?limit=500", "/tracks?limit=500", "/artists?limit=500&role=any", "/folders"]
    lists += [f"/search?q={hidden_title}"]
    lists += [f"/tracks?limit=500&album={album}", f"/albums?library={seeded.library_ids[1]}"]
    lists += [f"/artists/{id_}" for id_ in seeded.artist_ids] + [f"/genres/{id_}" for id_ in seeded.genre_ids]
    for path in lists:
        text = (await http.get(path, headers=bearer(LISTENER))).text
        assert not [id_ for id_ in (album, track, seeded.library_ids[1], hidden_title) if id_ in text], path


def writes(seeded: Seeded) -> list[tuple[str, str, Any]]:
    album, artist, track, genre = seeded.album_ids[0], seeded.artist_ids[0], seeded.track_ids[0], seeded.genre_ids[0]
    return [
        ("PATCH", f"/albums/{album}", {"title": "New"}),
        ("PATCH", f"/artists/{artist}", {"biography": "New"}),
        ("PATCH", f"/tracks/{track}", {"comment": "New"}),
        ("PATCH", f"/genres/{genre}", {"name": "New"}),
        ("POST", "/artists", {"name": "Made"}),
        ("POST", "/genres", {"name": "Made"}),
        ("POST", "/albums", {"title": "Made", "artists": ["Made"]}),
        ("POST", "/tracks", {"title": "Made", "albumId": album}),
        ("POST", f"/artists/{artist}/merge", {"from": [seeded.artist_ids[1]]}),
        ("POST", f"/albums/{album}/merge", {"from": [seeded.album_ids[1]]}),
        ("DELETE", f"/albums/{album}/cover", None),
        ("DELETE", f"/tracks/{track}/cover", None),
        ("DELETE", f"/tracks/{track}", None),
        ("DELETE", f"/albums/{album}", None),
        ("DELETE", f"/artists/{artist}", None),
        ("DELETE", f"/genres/{genre}", None),
    ]


async def test_only_admins_write(seeded_http: tuple[httpx.AsyncClient, Seeded]) -> None:
    http, seeded = seeded_http
    for method, path, body in writes(seeded):
        for who in (LISTENER, UPLOADER):
            answer = await http.request(method, path, json=body, headers=bearer(who))
            code = "NOT_YOUR_TRACK" if path.startswith("/tracks/") else "MISSING_ROLE"
            assert (answer.status_code, answer.json()["code"]) == (403, code), path
        assert (await http.request(method, path, json=body)).status_code == 401, path
        answer = await http.request(method, path, json=body, headers=bearer(ADMIN))
        assert answer.status_code in (200, 201, 204), (path, answer.text)


@pytest.mark.parametrize(
    "body",
    [
        {"titel": "typing error"},
        {"title": ""},
        {"title": "   "},
        {"year": -1},
        {"date": "1999-13"},
        {"artists": []},
        {"genres": "Jazz"},
        {"mbidRelease": "x"},
    ],
)
async def test_a_patch_that_makes_no_sense_is_refused(
    seeded_http: tuple[httpx.AsyncClient, Seeded], body: dict[str, Any]
) -> None:
    http, seeded = seeded_http
    answer = await http.patch(f"/albums/{seeded.album_ids[0]}", json=body, headers=bearer(ADMIN))
    assert answer.status_code == 400, answer.text


async def test_null_takes_back_and_what_is_left_out_stays(seeded_http: tuple[httpx.AsyncClient, Seeded]) -> None:
    http, seeded = seeded_http
    path = f"/albums/{seeded.album_ids[0]}"
    before = (await http.get(path, headers=bearer(ADMIN))).json()
    await http.patch(path, json={"title": "Other", "year": 1900}, headers=bearer(ADMIN))
    after = (await http.patch(path, json={"title": None}, headers=bearer(ADMIN))).json()
    assert (after["title"], after["year"], after["overridden"]) == (before["title"], 1900, ["year"])


async def test_the_album_of_a_librarys_file_is_what_its_file_says(
    seeded_http: tuple[httpx.AsyncClient, Seeded],
) -> None:
    http, seeded = seeded_http
    path = f"/tracks/{seeded.track_ids[0]}"
    answer = await http.patch(path, json={"title": "New", "album": "Other"}, headers=bearer(ADMIN))
    assert (answer.status_code, answer.json()["code"]) == (422, "ALBUM_OF_FILE")
    assert (await http.get(path, headers=bearer(ADMIN))).json()["title"] != "New"


@pytest.mark.parametrize("path", ["/albums", "/tracks", "/artists", "/genres", "/folders", "/search?q=a"])
async def test_reading_needs_a_token(seeded_http: tuple[httpx.AsyncClient, Seeded], path: str) -> None:
    http, _ = seeded_http
    assert (await http.get(path)).status_code == 401
