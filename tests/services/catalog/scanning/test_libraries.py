"""Libraries and scans over HTTP: who may do what, and what no path may be."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.audio import audio_bytes
from support.tagging import write_tags
from tutti.kit.auth import Identity, InvalidToken
from tutti.kit.service import Process

LIMIT_S = 90
WHO = {
    "ada": Identity("01900000-0000-7000-8000-0000000000aa", "ada", "admin", "s"),
    "bob": Identity("01900000-0000-7000-8000-0000000000bb", "bob", "listener", "s"),
    "cleo": Identity("01900000-0000-7000-8000-0000000000cc", "cleo", "listener", "s"),
}


class Api:
    """Asks as one of several people."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def __call__(self, who: str, method: str, path: str, **options: Any) -> httpx.Response:
        return await self._client.request(method, path, headers={"authorization": f"Bearer {who}"}, **options)

    async def add(self, root: Path, **more: Any) -> str:
        body = {"name": root.name, "path": str(root), "watch": False} | more
        answer = await self("ada", "POST", "/libraries", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def scan(self, library_id: str) -> dict[str, Any]:
        assert (await self("ada", "POST", f"/libraries/{library_id}/scan", json={})).status_code == 201
        return await self.until_over(library_id)

    async def until_over(self, library_id: str) -> dict[str, Any]:
        async with asyncio.timeout(LIMIT_S):
            while (last := (await self("ada", "GET", f"/libraries/{library_id}/scan")).json())["state"] == "running":
                await asyncio.sleep(0.05)
        return last


@pytest.fixture
def api(client: httpx.AsyncClient, process: Process, monkeypatch: pytest.MonkeyPatch) -> Api:
    async def identify(credentials: str) -> Identity:
        if credentials not in WHO:
            raise InvalidToken("who?")
        return WHO[credentials]

    monkeypatch.setattr(process.auth, "identify", identify)
    return Api(client)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return fill(tmp_path / "music", 3)


def fill(root: Path, count: int) -> Path:
    root.mkdir()
    for number in range(count):
        path = root / f"{number}.ape"
        path.write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=number))
        write_tags(path, {"title": [f"Title {number}"], "artist": ["Ada"], "album": ["One"]})
    return root


async def test_a_library_is_scanned_and_shown(api: Api, music: Path) -> None:
    library_id = await api.add(music)
    scan = await api.scan(library_id)
    assert (scan["state"], scan["counts"]["added"]) == ("done", 3)
    shown = (await api("bob", "GET", f"/libraries/{library_id}")).json()
    assert (shown["trackCount"], shown["path"], shown["userIds"]) == (3, None, [])
    assert len((await api("bob", "GET", "/tracks")).json()["items"]) == 3


async def test_a_hidden_library_is_nowhere_for_others(api: Api, music: Path) -> None:
    library_id = await api.add(music, everyone=False, userIds=[WHO["bob"].user_id])
    await api.scan(library_id)
    track, album, artist = [
        (await api("bob", "GET", f"/{kind}")).json()["items"][0]["id"] for kind in ("tracks", "albums", "artists")
    ]
    paths = [f"/tracks/{track}", f"/albums/{album}", f"/artists/{artist}", f"/tracks/{track}/lyrics"]
    for path in [*paths, f"/libraries/{library_id}", f"/libraries/{library_id}/scan"]:
        assert (await api("bob", "GET", path)).status_code == 200, path
        assert (await api("cleo", "GET", path)).status_code == 404, path
    assert (await api("cleo", "GET", "/libraries")).json() == []
    for kind in ("tracks", "albums", "artists"):
        assert (await api("cleo", "GET", f"/{kind}")).json()["items"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("GET", "/folders"),
        ("PATCH", "/{id}"),
        ("DELETE", "/{id}"),
        ("POST", "/{id}/scan"),
        ("DELETE", "/{id}/scan"),
        ("GET", "/{id}/bad-files"),
        ("GET", "/{id}/missing"),
        ("POST", "/{id}/purge"),
    ],
)
async def test_only_admins_change_libraries(api: Api, music: Path, method: str, path: str) -> None:
    library_id = await api.add(music)
    options = {"json": {}} if method in ("POST", "PATCH") else {}
    answer = await api("bob", method, f"/libraries{path.format(id=library_id)}", **options)
    assert answer.status_code == 403


async def test_no_library_inside_or_around_another_or_our_own_state(api: Api, music: Path, data_dir: Path) -> None:
    (music / "inside").mkdir()
    (music.parent / "link").symlink_to(music)
    await api.add(music)
    refused = {
        str(music): 409,
        str(music / "inside"): 409,
        str(music.parent / "link"): 409,
        str(data_dir): 400,
        str(data_dir / "objects"): 400,
        str(music.parent): 400,  # holds the data folder
        "relative": 400,
        str(music / "0.ape"): 400,
        "/no/such/folder": 400,
    }
    for number, (path, status) in enumerate(refused.items()):
        answer = await api("ada", "POST", "/libraries", json={"name": f"n{number}", "path": path})
        assert answer.status_code == status, (path, answer.text)


async def test_folders_are_shown_without_hidden_ones(api: Api, tmp_path: Path) -> None:
    for name in ("b", "A", ".hidden"):
        (tmp_path / "look" / name).mkdir(parents=True)
    (tmp_path / "look" / "file").touch()
    (tmp_path / "look" / "nowhere").symlink_to(tmp_path / "gone")
    shown = (await api("ada", "GET", "/libraries/folders", params={"path": str(tmp_path / "look")})).json()
    assert [folder["name"] for folder in shown["folders"]] == ["A", "b"]
    assert shown["parent"] == str(tmp_path)


async def test_missing_tracks_are_listed_and_given_up(api: Api, music: Path) -> None:
    library_id = await api.add(music)
    await api.scan(library_id)
    (music / "1.ape").unlink()
    assert (await api.scan(library_id))["counts"]["missing"] == 1
    missing = (await api("ada", "GET", f"/libraries/{library_id}/missing")).json()["items"]
    assert [track["title"] for track in missing] == ["Title 1"]
    assert (await api("ada", "POST", f"/libraries/{library_id}/purge")).json() == {"trackCount": 1}
    assert (await api("ada", "GET", f"/tracks/{missing[0]['id']}")).status_code == 404
    assert (await api("ada", "GET", f"/libraries/{library_id}")).json()["missingCount"] == 0


async def test_a_library_is_forgotten_whole(api: Api, music: Path) -> None:
    library_id = await api.add(music)
    await api.scan(library_id)
    assert (await api("ada", "DELETE", f"/libraries/{library_id}")).status_code == 204
    for kind in ("tracks", "albums", "artists"):
        assert (await api("ada", "GET", f"/{kind}")).json()["items"] == []
    assert len(list(music.iterdir())) == 3


async def test_a_cancelled_scan_goes_on_with_the_next(api: Api, tmp_path: Path) -> None:
    library_id = await api.add(fill(tmp_path / "large", 300))
    await api("ada", "POST", f"/libraries/{library_id}/scan", json={})
    assert (await api("ada", "DELETE", f"/libraries/{library_id}/scan")).status_code == 204
    assert (await api("ada", "GET", f"/libraries/{library_id}/scan")).json()["state"] == "cancelled"
    assert (await api.scan(library_id))["state"] == "done"
    assert (await api("ada", "GET", f"/libraries/{library_id}")).json()["trackCount"] == 300


async def test_changes_on_disk_are_noticed(api: Api, music: Path) -> None:
    library_id = await api.add(music, watch=True)
    await api.scan(library_id)

    async def track_count() -> int:
        return (await api("ada", "GET", f"/libraries/{library_id}")).json()["trackCount"]

    async with asyncio.timeout(LIMIT_S):
        while await track_count() != 4:  # the watcher looks for new libraries now and then: it sees the first in time
            (music / "first.ape").write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=8))
            await asyncio.sleep(0.5)
        (music / "2.ape").rename(music / "moved.ape")
        (music / "new").mkdir()
        (music / "new" / "9.ape").write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=9))
        while await track_count() != 5:
            await asyncio.sleep(0.2)
    assert (await api("ada", "GET", f"/libraries/{library_id}")).json()["missingCount"] == 0


async def test_a_demo_that_has_no_place_says_why(api: Api, data_dir: Path) -> None:
    (data_dir / "demo").write_text("in the way")
    refused = await api("ada", "POST", "/libraries/demo")
    assert (refused.status_code, refused.json()["code"]) == (422, "DEMO_NOT_WRITTEN")
    assert "TUTTI_CATALOG_DEMO_FOLDER" in refused.json()["message"]
    assert (await api("ada", "GET", "/libraries")).json() == []
    assert (await api("bob", "POST", "/libraries/demo")).status_code == 403
