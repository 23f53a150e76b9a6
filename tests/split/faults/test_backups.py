"""A dump of PostgreSQL and a copy of the bucket, taken under load and brought back in an empty cluster."""

import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urljoin

import httpx
import pytest

from split.faults.conftest import SETTINGS
from split.faults.expectations import (
    PATIENCE_S,
    all_items,
    expect_all_that_was_acknowledged,
    expect_every_effect_once,
)
from split.faults.traffic import Traffic, Written, addresses, noise, put
from support.bucket_copies import copy_new, copy_versions, keep_versions, keys_of
from support.cluster.installation import SECRET_FILE, Installation, Plan, prepare
from support.cluster.serving import Cluster, as_server
from support.images import cover
from support.server import wait_for
from tutti.kit.storage import StorageSettings

UNDER_WAY = 6
"""Uploads that are completed just before the dump: some of them are worked on while it is taken."""
_OBJECTS = "SELECT storage_key, digest, ladder FROM media_originals"
_UNFINISHED = "SELECT count(*) FROM media_uploads WHERE state IN ('uploaded', 'processing')"

Note = Callable[[str, Any], None]
By = Literal["versions", "copies"]
"""How the bucket is backed up: it keeps its versions, or is copied before the dump and after it."""


@dataclass(frozen=True)
class Taken:
    """What was acknowledged before a backup began, and a track that was deleted after its dump."""

    acknowledged: Written
    doomed: str


def upload(client: httpx.Client, url: str, name: str) -> str:
    """Upload a sound that nobody else has, complete it, and return the upload's id."""
    content = noise(name, seconds=2)
    wish = {"filename": f"{name}.wav", "sizeBytes": len(content), "contentType": "audio/wav"}
    begun = client.post("/uploads", json=wish).raise_for_status().json()
    put(urljoin(url, begun["url"]), content, begun["headers"])
    client.post(f"/uploads/{begun['uploadId']}/complete").raise_for_status()
    return begun["uploadId"]


def track_of(client: httpx.Client, upload_id: str) -> str:
    """Wait until an upload is ready; return its track."""
    found: dict[str, Any] = {}

    def is_ready() -> bool:
        found.update(client.get(f"/uploads/{upload_id}").raise_for_status().json())
        return found["state"] == "ready"

    wait_for(is_ready, lambda: str(found))
    return found["trackId"]


def delete(client: httpx.Client, bucket: StorageSettings, track_id: str) -> None:
    """Delete a track, and wait until its objects are gone."""
    before = keys_of(bucket)
    client.delete(f"/tracks/{track_id}").raise_for_status()
    wait_for(
        lambda: any(key.startswith("originals/") for key in before - keys_of(bucket)),
        lambda: "nothing is deleted",
        limit_s=PATIENCE_S,  # it has its turn after the uploads before it
    )


@contextmanager
def empty_cluster(source: Installation, name: str) -> Generator[Installation, None, None]:
    """Another cluster with the same secret, not started: its NATS and its Valkey know nothing."""
    folder = source.folder.parent / name
    folder.mkdir()
    shutil.copy(source.folder / SECRET_FILE, folder)
    made = prepare(folder, source.shared, name, Plan(copies=1, settings=SETTINGS))
    try:
        yield made
    finally:
        made.end()


def under_work(restored: Installation) -> int:
    """How many uploads are completed and have not ended."""
    return restored.shared.postgres.query(_UNFINISHED, restored.database)[0][0]


def expect_every_object(restored: Installation) -> int:
    """Whatever a row speaks of is in the bucket; return how many originals there are."""
    there = keys_of(restored.storage())
    rows = restored.shared.postgres.query(_OBJECTS, restored.database)
    assert {row["storage_key"] for row in rows} <= there
    made = [row for row in rows if row["ladder"] is not None]
    assert {f"ladders/{row['digest']}/waveform" for row in made} <= there
    return len(rows)


def expect_sound(url: str, client: httpx.Client, track_id: str) -> None:
    """The original and the first segment are heard."""
    stream = client.post(f"/stream/{track_id}").raise_for_status().json()
    assert httpx.get(urljoin(url, stream["direct"]), timeout=60).raise_for_status().content
    address = urljoin(url, stream["hls"])
    for _ in ("master", "index"):
        address = urljoin(address, addresses(httpx.get(address, timeout=60).raise_for_status().text)[0])
    assert httpx.get(address, timeout=60).raise_for_status().content


def take(by: By, cluster: Cluster, traffic: Traffic, copy: StorageSettings, dump: Path) -> Taken:
    """Do as the manual says while people use the cluster, one of whom deletes what is being backed up."""
    installation = cluster.installation
    bucket = installation.storage()
    with cluster.client(cluster.log_in("ada")) as client:
        client.put("/me/avatar", content=cover(), headers={"Content-Type": "image/jpeg"}).raise_for_status()
        doomed = track_of(client, upload(client, cluster.url, f"{by} doomed"))
        if by == "versions":
            keep_versions(bucket)
        with traffic.flowing():
            traffic.wait_until_all_flow()
            traffic.written.uploads += [upload(client, cluster.url, f"{by} {each}") for each in range(UNDER_WAY)]
            acknowledged = deepcopy(traffic.written)
            if by == "copies":
                copy_new(bucket, copy)
            installation.shared.postgres.dump(installation.database, dump)
            delete(client, bucket, doomed)
            traffic.wait_until_all_flow()
            # What was worked on during the dump has ended, and its bytes as they came are gone.
            expect_all_that_was_acknowledged(cluster, replace(traffic, written=acknowledged))
    assert traffic.record.wrong == []
    if by == "versions":
        assert copy_versions(bucket, copy), "nothing was deleted since the dump"
    else:
        copy_new(bucket, copy)
    return Taken(acknowledged, doomed)


def expect_every_sound(restored: Cluster, doomed: str) -> None:
    """Whatever became a track is heard, what was deleted after the dump too, and pictures are there."""
    with restored.client(restored.log_in("ada")) as client:
        avatar_id = client.get("/me").raise_for_status().json()["avatarId"]
        client.get(f"/avatars/{avatar_id}").raise_for_status()
        uploaded = {each["trackId"] for each in all_items(client, "/uploads") if each["state"] == "ready"}
        there = {each["id"] for each in all_items(client, "/tracks")}  # without those deleted before the dump
        assert doomed in uploaded & there
        for track_id in uploaded & there:
            expect_sound(restored.url, client, track_id)


@pytest.mark.parametrize("by", get_args(By))
def test_a_backup_under_load_is_consistent(
    cluster: Cluster, traffic: Traffic, record_property: Note, tmp_path: Path, by: By
) -> None:
    name, dump = f"restored_by_{by}", tmp_path / "dump"
    with empty_cluster(cluster.installation, name) as installation:
        taken = take(by, cluster, traffic, installation.storage(), dump)
        postgres = installation.shared.postgres
        postgres.restore(dump, name)
        unfinished = under_work(installation)
        expect_every_object(installation)
        installation.begin()
        restored = as_server(installation)
        expect_all_that_was_acknowledged(restored, replace(traffic, written=taken.acknowledged))
        effects = expect_every_effect_once(installation)
        # Those too that were completed while the dump began: what they become is told before it is there.
        wait_for(lambda: under_work(installation) == 0, lambda: f"{under_work(installation)} left", limit_s=PATIENCE_S)
        originals = expect_every_object(installation)
        expect_every_sound(restored, taken.doomed)
    there = taken.acknowledged
    record_property(
        "figures",
        f"acknowledged before it began, and there: {len(there.plays)} plays, {len(there.people)} people, "
        f"{len(there.uploads)} uploads, {unfinished} of them under work; {originals} originals; "
        f"{effects} effects of events, each once",
    )
