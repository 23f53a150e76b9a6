"""A solo installation with something of everything in it, and what it answers: the same wherever it moves."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import httpx
import sqlalchemy as sa
from bench.library import generate

from tutti.kit.clock import now
from tutti.kit.db.database import SQLITE_FILE
from tutti.kit.events.tables import cursors, dead, outbox, parked
from tutti.kit.ids import new_id
from tutti.services.catalog.service.browsing import AlbumSort, ArtistSort, GenreSort, TrackSort

from .audio import audio_bytes
from .images import cover
from .server import Server, running_server, wait_for

CHEAP = {
    "TUTTI_ACCOUNTS_ARGON2_MEMORY_KIB": "8192",
    "TUTTI_ACCOUNTS_ARGON2_PASSES": "1",
    "TUTTI_ACCOUNTS_REGISTRATION": "open",
}
LISTS = ("/me", "/users", "/libraries", "/albums", "/artists", "/genres", "/tracks", "/uploads", "/me/history")
ORDERS = {"albums": AlbumSort, "artists": ArtistSort, "genres": GenreSort, "tracks": TrackSort}
SEARCHES = ("a", "the", "uplo", "ü", "river", "夜")
LAST_SEQ = 100_000


class Solo:
    """A stopped server: its folder, and what it answered."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.token = ""
        self.answers: dict[str, Any] = {}
        self.sounds: dict[str, bytes] = {}
        self.addresses: dict[str, str] = {}


def make_solo(folder: Path) -> Solo:
    """People, a scanned library, an upload, covers, an avatar, plays, and events that wait or are dead."""
    generate(folder / "music", tracks=30, seed=5)
    found = Solo(folder / "data")
    with running_server(found.data_dir, **CHEAP) as server:
        found.token = server.set_up()
        with server.client(found.token) as client:
            client.post("/users", json={"name": "eve", "password": "correct horse battery"}).raise_for_status()
            client.put("/me/avatar", content=cover(), headers={"Content-Type": "image/jpeg"}).raise_for_status()
            scan(client, add_library(client, folder / "music"))
            upload(client, server.url, audio_bytes("flac", seconds=3))
            play(client, [each["id"] for each in answer(client, "/tracks")["items"][:9]])
            wait_for(lambda: counted(client) == 9, lambda: "the events of listens did not come")
            wait_for(lambda: looked_at(client), lambda: "the covers were not looked at")
            look(server, client, found)
    leave_events(found.data_dir)
    return found


def add_library(client: httpx.Client, music: Path) -> str:
    made = client.post("/libraries", json={"name": "m", "path": str(music), "watch": False})
    return made.raise_for_status().json()["id"]


def scan(client: httpx.Client, library_id: str) -> None:
    client.post(f"/libraries/{library_id}/scan", json={}).raise_for_status()
    wait_for(lambda: answer(client, f"/libraries/{library_id}/scan")["state"] == "done", lambda: "the scan did not end")


def upload(client: httpx.Client, url: str, content: bytes) -> None:
    wish = {"filename": "Uploaded.flac", "sizeBytes": len(content), "contentType": "audio/flac"}
    begun = client.post("/uploads", json=wish).raise_for_status().json()
    httpx.put(
        httpx.URL(url).join(begun["url"]), content=content, headers=begun["headers"], timeout=60
    ).raise_for_status()
    client.post(f"/uploads/{begun['uploadId']}/complete").raise_for_status()
    wait_for(
        lambda: answer(client, f"/uploads/{begun['uploadId']}")["state"] == "ready", lambda: "the upload is not ready"
    )


def play(client: httpx.Client, track_ids: list[str], name: str = "play") -> None:
    at = datetime.now(UTC).isoformat()
    for track_id in track_ids:
        start = {"playId": f"{name}-{track_id}", "trackId": track_id, "playedMs": 0, "positionMs": 0, "occurredAt": at}
        end = start | {"kind": "completed", "playedMs": 600_000, "positionMs": 600_000}
        client.post("/playback/events", json={"events": [start | {"kind": "started"}, end]}).raise_for_status()


def counted(client: httpx.Client) -> int:
    return sum(track["playCount"] for track in answer(client, "/tracks")["items"])


def looked_at(client: httpx.Client) -> bool:
    """Whether all covers have their colours: they are looked at after the scan."""
    found = [each["cover"] for path in ("/albums", "/tracks") for each in answer(client, path)["items"]]
    return all(cover["palette"] for cover in found if cover is not None)


def answer(client: httpx.Client, path: str) -> Any:
    return client.get(httpx.URL(path).copy_merge_params({"limit": 200})).raise_for_status().json()


def look(server: Server, client: httpx.Client, found: Solo) -> None:
    """Remember what is answered, and what is heard."""
    found.answers = answers(client)
    tracks = found.answers["/tracks"]["items"]
    uploaded = [each for each in tracks if each["title"] == "Uploaded"]
    for track in [*uploaded, *tracks[:3]]:
        direct = client.post(f"/stream/{track['id']}").raise_for_status().json()["direct"]
        found.addresses[track["id"]] = direct
        found.sounds[track["id"]] = httpx.get(server.url + direct, timeout=60).raise_for_status().content


def answers(client: httpx.Client) -> dict[str, Any]:
    got = {path: answer(client, path) for path in LISTS}
    got |= {word: client.get("/search", params={"q": word}).raise_for_status().json() for word in SEARCHES}
    orders = (
        (kind, sort, way) for kind, sorts in ORDERS.items() for sort in get_args(sorts) for way in ("asc", "desc")
    )
    got |= {path: answer(client, path) for path in (f"/{kind}?sort={sort}&order={way}" for kind, sort, way in orders)}
    got |= {path: answer(client, path) for path in _single(client, got)}
    pictures = [f"/avatars/{got['/me']['avatarId']}"]
    pictures += [f"/covers/{each['cover']['id']}" for each in got["/albums"]["items"] if each["cover"]][:3]
    return got | {path: client.get(path).raise_for_status().content for path in pictures}


def _single(client: httpx.Client, got: dict[str, Any]) -> list[str]:
    """The pages of one of each thing, and of the folder that a library begins with."""
    pages = [f"/{kind}/{got[f'/{kind}']['items'][0]['id']}" for kind in ORDERS]
    roots = [f"/folders/{each['id']}" for each in answer(client, "/folders")]
    return [*pages, f"{pages[-1]}/lyrics", *roots]


def leave_events(data_dir: Path) -> None:
    """An event that waits for its next try, a dead one, one that nobody has handled, and numbers long purged."""
    engine = sa.create_engine(f"sqlite:///{data_dir / SQLITE_FILE}")
    event = {"id": new_id(), "type": "x.Left", "version": 1, "key": "k", "occurred_at": now(), "trace_parent": ""}
    event |= {"payload": '{"title": "Größe \\u2028"}'}
    failed = event | {"consumer": "nobody", "seq": 1, "attempts": 3, "error": "it did not work"}
    with engine.begin() as db:
        db.execute(sa.insert(outbox).values(event | {"seq": LAST_SEQ}))
        db.execute(sa.delete(outbox).where(outbox.c.seq == LAST_SEQ))
        db.execute(sa.insert(cursors).values(consumer="nobody", seq=LAST_SEQ, rewinds=0))
        db.execute(sa.insert(parked).values(failed | {"next_at": None}))
        db.execute(sa.insert(dead).values(failed | {"died_at": now()}))
    engine.dispose()
