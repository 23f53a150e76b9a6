"""One cluster for all faults: two copies of each service, on servers of its own that may be killed too."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.listener import make_album
from split.faults.effects import watch_effects
from split.faults.traffic import Song, Traffic
from support.cluster.engines import postgres, s3
from support.cluster.gateway import GENEROUS
from support.cluster.installation import Installation, Plan, Shared
from support.cluster.serving import Cluster, start_cluster
from support.server import wait_for

SPLIT = os.environ.get("TUTTI_TEST_MODE") == "split"
LIMIT_S = 1800  # a test waits up to five minutes several times
TRACKS = 12
SECONDS = 20
SETTINGS = {
    **GENEROUS,
    "TUTTI_ACCOUNTS_REGISTRATION": "open",
    **{f"TUTTI_LIMITS_{kind}": "0" for kind in ("READ", "WRITE", "SEARCH", "STREAM", "UPLOAD", "SIGN_IN")},
    "TUTTI_ANSWER_S": "7",  # more than a pause of a busy machine, and less than a test would wait
    "TUTTI_GATEWAY_ANSWER_S": "10",
    "TUTTI_GATEWAY_FAIL_S": "1",
    "TUTTI_STORAGE_MIN_FREE_BYTES": "0",
    "TUTTI_EVENTS_MAX_ATTEMPTS": "5",
    "TUTTI_EVENTS_BACKOFF_S": "0.2",
    "TUTTI_EVENTS_BACKOFF_MAX_S": "1",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.timeout(LIMIT_S))
            if not SPLIT:
                item.add_marker(pytest.mark.skip(reason="takes minutes: make test-split"))


@pytest.fixture(scope="session")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("faults") / "music"
    titles = tuple(f"Song {number}" for number in range(1, TRACKS + 1))
    return make_album(root, "mp3", SECONDS, titles)


@pytest.fixture(scope="session")
def cluster(music: Path) -> Iterator[Cluster]:
    """A cluster with an admin, ada, and a scanned library."""
    # Not beneath pytest's own folder, which any other run closes to everybody else, the user of PostgreSQL included.
    folder = Path(tempfile.mkdtemp(prefix="tutti-faults-"))
    shared = Shared(postgres(folder, durable=True), s3(folder))
    shared.begin()
    try:
        started = start_cluster(folder / "tutti", SETTINGS, Plan(settings=SETTINGS), shared)
        try:
            watch_effects(started.installation)
            _scan(started, music)
            yield started
        finally:
            started.stop()
    finally:
        shared.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def installation(cluster: Cluster) -> Iterator[Installation]:
    """The cluster's processes; whatever a test does to them, the next one finds them running."""
    yield cluster.installation
    cluster.installation.begin_again()


def _scan(cluster: Cluster, music: Path) -> None:
    with cluster.client(cluster.set_up()) as client:
        made = client.post("/libraries", json={"name": "m", "path": str(music), "watch": False})
        library_id = made.raise_for_status().json()["id"]
        client.post(f"/libraries/{library_id}/scan", json={}).raise_for_status()
        wait_for(
            lambda: len(client.get("/tracks", params={"limit": 100}).raise_for_status().json()["items"]) == TRACKS,
            lambda: client.get("/tracks").text,
        )


@pytest.fixture(scope="session")
def songs(cluster: Cluster, music: Path) -> list[Song]:
    paths = {path.stem.partition(" ")[2]: path for path in music.rglob("*.mp3")}
    with cluster.client(cluster.log_in("ada")) as client:
        items = client.get("/tracks", params={"limit": 100}).raise_for_status().json()["items"]
    return [Song(item["id"], paths[item["title"]]) for item in items if item["title"] in paths]


@pytest.fixture
def traffic(cluster: Cluster, songs: list[Song]) -> Traffic:
    """Traffic through nginx, not flowing yet."""
    return Traffic(cluster.url, "ada", songs)
