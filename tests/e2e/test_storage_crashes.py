"""kill -9 of the object storage at bad moments of the flow: each completed upload ends, and nothing is left over.

A few runs; ``TUTTI_TEST_STORAGE_KILLS=30`` for as many.
"""

import os
import random
import time
from pathlib import Path
from typing import Any

import httpx
import obstore

from e2e.test_upload_crashes import contents, uploads_of
from support.s3 import environment, running_s3
from support.server import running_server, wait_for
from tutti.kit.storage import StorageSettings
from tutti.kit.storage.bucket import Bucket

KILLS = int(os.environ.get("TUTTI_TEST_STORAGE_KILLS", "4"))
SETTINGS = {
    "TUTTI_MEDIA_CONCURRENCY": "2",
    "TUTTI_MEDIA_BACKOFF_S": "0.5",
    "TUTTI_MEDIA_MAX_ATTEMPTS": "20",
    "TUTTI_MEDIA_ORPHANS_S": "1",
    "TUTTI_UPLOADS_SWEEP_S": "1",
    "TUTTI_EVENTS_POLL_S": "0.1",
    "TUTTI_STORAGE_RETRY_S": "1",
}
LATEST_KILL_S = 4.0
LONGEST_AWAY_S = 3.0
PATIENCE_S = 200


def test_every_completed_upload_ends_however_often_the_storage_dies(tmp_path: Path) -> None:
    chance = random.Random(int(os.environ.get("TUTTI_TEST_UPLOAD_SEED", "12")))
    coming = contents(chance)
    completed: set[str] = set()
    (tmp_path / "s3").mkdir()
    with running_s3(tmp_path / "s3") as storage:
        bucket = storage.fresh_bucket()
        with (
            running_server(tmp_path / "data", **SETTINGS, **environment(bucket)) as server,
            server.client(server.set_up()) as client,
        ):
            for _ in range(KILLS):
                completed |= {sent for _ in range(2) if (sent := send(client, next(coming)))}
                time.sleep(chance.uniform(0.0, LATEST_KILL_S))
                storage.kill()
                time.sleep(chance.uniform(0.0, LONGEST_AWAY_S))
                assert client.get("/media/jobs").status_code == 200, "the server lives on"
                storage.start()
            expect_all_ended(client, completed)
            expect_nothing_left_over(client, bucket)


def send(client: httpx.Client, content: bytes) -> str:
    """Upload a file past the server, complete the upload, and return its id."""
    wish = {"filename": "Song.flac", "sizeBytes": len(content), "contentType": "audio/flac"}
    begun = client.post("/uploads", json=wish).raise_for_status().json()
    httpx.put(begun["url"], content=content, headers=begun["headers"], timeout=60).raise_for_status()
    complete = f"/uploads/{begun['uploadId']}/complete"
    # A storage that does not answer for longer than it is waited for is told as 503: one comes again.
    wait_for(lambda: client.post(complete).status_code == httpx.codes.OK, lambda: client.post(complete).text)
    return begun["uploadId"]


def expect_all_ended(client: httpx.Client, completed: set[str]) -> None:
    uploads: dict[str, Any] = {}

    def all_ended() -> bool:
        uploads.update(uploads_of(client))
        return all(uploads[each]["state"] in ("ready", "failed") for each in completed)

    wait_for(all_ended, lambda: str([uploads[each] for each in completed]), limit_s=PATIENCE_S)
    for upload in (uploads[each] for each in completed):
        assert (upload["state"] == "ready") is (upload["reason"] is None), upload
        assert upload["reasonCode"] in (None, "NOT_AUDIO", "DAMAGED", "DUPLICATE"), upload
    assert any(uploads[each]["state"] == "ready" for each in completed)


def expect_nothing_left_over(client: httpx.Client, bucket: StorageSettings) -> None:
    """Objects are those of tracks that are there, and the bytes of uploads that failed."""
    uploads = uploads_of(client).values()
    ready = sum(upload["state"] == "ready" for upload in uploads)
    kept = {f"incoming/{upload['id']}" for upload in uploads if upload["state"] == "failed"}
    seen: dict[str, Any] = {}

    def is_swept() -> bool:
        store = Bucket(bucket).open_store()
        keys = {entry["path"] for page in obstore.list(store) for entry in page}
        originals = {key.rpartition("/")[2].partition(".")[0] for key in keys if key.startswith("originals/")}
        ladders = {key.split("/")[1] for key in keys if key.startswith("ladders/")}
        incoming = {key for key in keys if key.startswith("incoming/")}
        seen.update(originals=originals, ladders=ladders, incoming=incoming, kept=kept, ready=ready)
        return originals == ladders and len(originals) <= ready and incoming <= kept

    wait_for(is_swept, lambda: str(seen), limit_s=PATIENCE_S)
