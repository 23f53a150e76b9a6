"""kill -9 at bad moments of the work on uploads: each completed one ends ready or failed, and nothing is left over.

A handful of runs; ``TUTTI_TEST_UPLOAD_KILLS=30`` for as many.
"""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from e2e.conftest import SPLIT
from support import bucket_copies
from support.audio import audio_bytes
from support.cluster.serving import Cluster
from support.files import entries_of
from support.server import Server, running_server, wait_for
from tutti.kit.files import files_below

KILLS = int(os.environ.get("TUTTI_TEST_UPLOAD_KILLS", "3" if SPLIT else "6"))  # a cluster comes back slowly
SETTINGS = {
    "TUTTI_MEDIA_CONCURRENCY": "2",
    "TUTTI_MEDIA_MAX_ATTEMPTS": str(min(KILLS + 10, 50)),  # one upload may be the victim of every kill
    "TUTTI_MEDIA_ORPHANS_S": "1",
    "TUTTI_UPLOADS_SWEEP_S": "1",
    "TUTTI_EVENTS_POLL_S": "0.1",
    "TUTTI_STORAGE_MIN_FREE_BYTES": "0",
}
ENDED = ("ready", "failed")
LATEST_KILL_S = 4.0
PATIENCE_S = 200


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def contents(chance: random.Random) -> Iterator[bytes]:
    """Sounds that differ, one that comes twice, and what is none."""
    kinds = ["flac", "mp3", "m4a", "opus", "wav"]
    while True:
        kind = chance.choice(kinds)
        sound = audio_bytes(kind, seconds=float(chance.choice([3, 12, 40])), pitch_hz=chance.randint(200, 900))
        yield sound
        yield chance.choice([sound, sound[: len(sound) // 2], b"no sound at all", b"fLaC" + bytes(500)])


def send(client: httpx.Client, url: str, content: bytes) -> str | None:
    """Upload a file; return the upload's id once it is completed, None when the server is gone before."""
    try:
        wish = {"filename": "Song.flac", "sizeBytes": len(content), "contentType": "audio/flac"}
        begun = client.post("/uploads", json=wish).raise_for_status().json()
        httpx.put(urljoin(url, begun["url"]), content=content, headers=begun["headers"], timeout=60).raise_for_status()
        client.post(f"/uploads/{begun['uploadId']}/complete").raise_for_status()
    except httpx.TransportError:
        return None
    return begun["uploadId"]


def uploads_of(client: httpx.Client) -> dict[str, Any]:
    found = {}
    cursor: str | None = None
    while True:
        params = {"limit": 100} | ({"cursor": cursor} if cursor else {})
        page = client.get("/uploads", params=params).raise_for_status().json()
        found |= {item["id"]: item for item in page["items"]}
        cursor = page["nextCursor"]
        if cursor is None:
            return found


def keys_of(server: Server) -> set[str]:
    """The keys of all objects, wherever they lie."""
    if isinstance(server, Cluster):
        return bucket_copies.keys_of(server.installation.storage())
    root = server.data_dir / "objects"
    return {path.relative_to(root).as_posix() for path in files_below(root)}


def objects_of(server: Server) -> set[str]:
    """Which original each object belongs to, and which upload."""
    found: set[str] = set()
    for kind, _, rest in (key.partition("/") for key in keys_of(server)):
        if kind in ("incoming", "ladders"):
            found.add(f"{kind}/{rest.partition('/')[0]}")
        elif kind == "originals":
            found.add(f"{kind}/{rest.rpartition('/')[2].partition('.')[0]}")
    return found


def test_every_completed_upload_ends_however_often_the_server_dies(data_dir: Path) -> None:
    chance = random.Random(int(os.environ.get("TUTTI_TEST_UPLOAD_SEED", "11")))
    coming = contents(chance)
    completed: set[str] = set()
    deleted: set[str] = set()
    with running_server(data_dir, **SETTINGS) as server:
        token = server.set_up()
        for _ in range(KILLS):
            with server.client(token) as client:
                completed |= {sent for _ in range(2) if (sent := send(client, server.url, next(coming)))}
                deleted |= delete_one(client, chance, deleted)
                time.sleep(chance.uniform(0.0, LATEST_KILL_S))
            server.kill()
            server.begin_again()
            token = server.log_in("ada")
        with server.client(token) as client:
            expect_all_ended(client, completed)
            expect_nothing_left_over(client, server, deleted)
        assert server.stop() == 0


def delete_one(client: httpx.Client, chance: random.Random, deleted: set[str]) -> set[str]:
    """Delete a track that is ready, now and then: it may share its original with another."""
    ready = [each for each in uploads_of(client).values() if each["state"] == "ready" and each["id"] not in deleted]
    if not ready or chance.random() < 0.5:
        return set()
    upload = chance.choice(ready)
    client.delete(f"/tracks/{upload['trackId']}").raise_for_status()
    return {upload["id"]}


def expect_all_ended(client: httpx.Client, completed: set[str]) -> None:
    uploads: dict[str, Any] = {}

    def all_ended() -> bool:
        uploads.update(uploads_of(client))
        return all(uploads[each]["state"] in ENDED for each in completed)

    wait_for(all_ended, lambda: str([uploads[each] for each in completed]), limit_s=PATIENCE_S)
    for upload in (uploads[each] for each in completed):
        assert (upload["state"] == "ready") is (upload["reason"] is None), upload
        assert upload["reasonCode"] in (None, "NOT_AUDIO", "DAMAGED", "DUPLICATE"), upload
    assert sum(uploads[each]["state"] == "ready" for each in completed) >= 1
    jobs = client.get("/media/jobs", params={"limit": 500}).raise_for_status().json()["items"]
    assert {job["state"] for job in jobs} == {"done"}
    assert {job["uploadId"] for job in jobs} >= completed


def expect_nothing_left_over(client: httpx.Client, server: Server, deleted: set[str]) -> None:
    """Objects are those of tracks that are there, and the bytes of uploads that failed or were never completed."""
    uploads = uploads_of(client)
    ready = {each["trackId"] for each in uploads.values() if each["state"] == "ready" and each["id"] not in deleted}
    kept = {f"incoming/{each['id']}" for each in uploads.values() if each["state"] in ("failed", "waiting")}
    seen: dict[str, Any] = {}

    def is_swept() -> bool:
        objects = objects_of(server)
        digests = {name.partition("/")[2] for name in objects if not name.startswith("incoming/")}
        seen.update(objects=objects, ready=ready, kept=kept)
        whole = {f"{kind}/{digest}" for kind in ("originals", "ladders") for digest in digests}
        tracks = {track["id"] for track in client.get("/tracks", params={"limit": 500}).json()["items"]}
        return tracks == ready and len(digests) <= len(ready) and objects <= whole | kept and whole <= objects

    wait_for(is_swept, lambda: str(seen), limit_s=PATIENCE_S)
    wait_for(lambda: temporary(server) == [], lambda: str(temporary(server)))


def temporary(server: Server) -> list[Path]:
    """What the work on uploads has laid aside."""
    places = (Path(place) for place, _, _ in os.walk(server.data_dir) if place.endswith("/tmp/media"))
    return [path for place in places for path in entries_of(place)]
