"""Ten hours of sound through the whole flow, in a real server: within its limits, in one try.

It takes minutes, so it runs only where ``TUTTI_TEST_LONG`` is set; what it measures is printed (``-s``).
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from support.audio import ffmpeg
from support.processes import rss_of
from support.server import Server, running_server

HOURS = 10
RATE_HZ = 22_050
SEGMENTS = HOURS * 600
SETTINGS = {"TUTTI_EVENTS_LEASE_S": "10", "TUTTI_ACCOUNTS_ACCESS_TOKEN_S": "7200", "TUTTI_STORAGE_MIN_FREE_BYTES": "0"}
"""A claim is far shorter than the job: it has to be kept alive."""
PATIENCE_S = 3000
SERVER_MIB, WORKER_MIB = 400, 600

pytestmark = [
    pytest.mark.solo("measures the memory of the one process"),
    pytest.mark.skipif("TUTTI_TEST_LONG" not in os.environ, reason="takes minutes; set TUTTI_TEST_LONG"),
    pytest.mark.timeout(0),
]


class Memory:
    """The most that the server has, and the most that its children have together."""

    def __init__(self, server: Server) -> None:
        self.server_mib = self.children_mib = 0.0
        self._main = psutil.Process(server.process.pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            children = self._main.children(recursive=True)
            self.server_mib = max(self.server_mib, rss_of(self._main) / 2**20)
            self.children_mib = max(self.children_mib, sum(map(rss_of, children)) / 2**20)


def record(path: Path) -> Path:
    tone = f"sine=f=110:r={RATE_HZ}:d={HOURS * 3600}"
    subprocess.run([ffmpeg(), "-v", "error", "-nostdin", "-f", "lavfi", "-i", tone, "-c:a", "flac", path], check=True)
    return path


def test_ten_hours_become_a_track(tmp_path: Path) -> None:
    content = record(tmp_path / "long.flac").read_bytes()
    with running_server(tmp_path / "data", **SETTINGS) as server, server.client(server.set_up()) as client:
        wish = {"filename": "Ten hours.flac", "sizeBytes": len(content), "contentType": "audio/flac"}
        begun = client.post("/uploads", json=wish).raise_for_status().json()
        send(server, client, begun, content)
        with Memory(server) as memory:
            started = time.monotonic()
            client.post(f"/uploads/{begun['uploadId']}/complete").raise_for_status()
            upload = wait_for_end(client, begun["uploadId"])
            took_s = time.monotonic() - started
        sys.stdout.write(
            f"\n{HOURS} h, {len(content) / 1e6:.0f} MB: {took_s:.0f} s, server at most {memory.server_mib:.0f} MiB,"
            f" its children {memory.children_mib:.0f} MiB\n"
        )
        assert (upload["state"], upload["reason"]) == ("ready", None)
        (job,) = client.get("/media/jobs").raise_for_status().json()["items"]
        assert (job["state"], job["attempts"]) == ("done", 1)
        assert memory.server_mib < SERVER_MIB
        assert memory.children_mib < WORKER_MIB
        expect_playable(server, client, upload["trackId"])


def send(server: Server, client: httpx.Client, begun: Any, content: bytes) -> None:
    if begun.get("partCount"):
        numbers = list(range(1, begun["partCount"] + 1))
        parts = client.post(f"/uploads/{begun['uploadId']}/parts", json={"numbers": numbers}).raise_for_status().json()
        at = 0
        for part in parts:
            piece = content[at : at + part["sizeBytes"]]
            httpx.put(server.url + part["url"], content=piece, headers=part["headers"], timeout=60).raise_for_status()
            at += len(piece)
    else:
        url = server.url + begun["url"]
        httpx.put(url, content=content, headers=begun["headers"], timeout=60).raise_for_status()


def wait_for_end(client: httpx.Client, upload_id: str) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while (upload := client.get(f"/uploads/{upload_id}").raise_for_status().json())["state"] not in ("ready", "failed"):
        assert time.monotonic() < deadline, upload
        time.sleep(0.5)
    return upload


def expect_playable(server: Server, client: httpx.Client, track_id: str) -> None:
    stream = client.post(f"/stream/{track_id}").raise_for_status().json()
    master = server.url + stream["hls"]
    base, query = master.partition("/master.m3u8")[0], master.partition("?")[2]
    playlist = httpx.get(f"{base}/aac64/index.m3u8?{query}", timeout=60).raise_for_status().text
    assert playlist.count("#EXTINF") == SEGMENTS
    for number in (0, SEGMENTS // 2, SEGMENTS - 1):
        httpx.get(f"{base}/flac/{number}.m4s?{query}", timeout=60).raise_for_status()
    assert len(httpx.get(f"{base}/waveform?{query}", timeout=60).raise_for_status().content) == 1000
