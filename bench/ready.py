"""How long an upload takes from ``complete`` to what can be heard: the original at once, then the whole ladder."""

import os
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from tests.support.audio import ffmpeg
from tests.support.s3 import environment, running_s3
from tests.support.server import Server, running_server

SECONDS = 240
RUNS = 5
_KINDS = {
    "MP3, 192 kbit/s": ("song.mp3", ("-b:a", "192k")),
    "FLAC, 44.1 kHz, 16 bits": ("song.flac", ("-sample_fmt", "s16")),
}
_POLLED_EVERY_S = 0.05
_LIMIT_S = 300.0
_OK, _PART = 200, 206


def main() -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "s3").mkdir()
        storages = {
            "local": {"TUTTI_STORAGE_MIN_FREE_BYTES": "0"},
            "S3": environment(stack.enter_context(running_s3(folder / "s3")).fresh_bucket()),
        }
        print(f"### From `complete` to heard, a track of {SECONDS // 60} minutes, median of {RUNS} (slowest)\n")
        print("| storage | file | first bytes of sound | whole ladder |\n|---|---|---|---|")
        for storage, settings in storages.items():
            with running_server(folder / storage, **settings) as server, server.client(server.set_up()) as client:
                for kind, (filename, arguments) in _KINDS.items():
                    heard, whole = zip(
                        *(_upload(server, client, _record(folder, filename, run, arguments)) for run in range(RUNS)),
                        strict=True,
                    )
                    print(f"| {storage} | {kind} | {_said(heard)} | {_said(whole)} |", flush=True)


def _said(seconds: tuple[float, ...]) -> str:
    return f"{median(seconds):.2f} s ({max(seconds):.2f})"


def _record(folder: Path, filename: str, run: int, arguments: tuple[str, ...]) -> Path:
    """Music for ears of iron: noise in bands, different each time, or it would be there already."""
    path = folder / filename
    source = f"anoisesrc=r=44100:c=pink:a=0.4:s={run + 1}:d={SECONDS}"
    command = [ffmpeg(), "-v", "error", "-y", "-f", "lavfi", "-i", source, "-ac", "2", *arguments, str(path)]
    subprocess.run(command, check=True)
    return path


def _upload(server: Server, client: httpx.Client, path: Path) -> tuple[float, float]:
    """Upload a file; return the seconds from ``complete`` to the first bytes that can be heard, and to the ladder."""
    content = path.read_bytes()
    wish = {"filename": path.name, "sizeBytes": len(content), "contentType": "application/octet-stream"}
    begun = client.post("/uploads", json=wish).raise_for_status().json()
    address = httpx.URL(server.url).join(begun["url"])
    httpx.put(address, content=content, headers=begun["headers"], timeout=60).raise_for_status()
    started = time.perf_counter()
    client.post(f"/uploads/{begun['uploadId']}/complete").raise_for_status()
    heard: float | None = None
    while time.perf_counter() < started + _LIMIT_S:
        upload: Any = client.get(f"/uploads/{begun['uploadId']}").raise_for_status().json()
        if heard is None and _is_heard(server, client, upload["trackId"]):
            heard = time.perf_counter() - started
        if upload["state"] in ("ready", "failed"):
            assert upload["state"] == "ready", upload
            assert heard is not None
            return heard, time.perf_counter() - started
        time.sleep(_POLLED_EVERY_S)
    raise AssertionError("it never came to an end")


def _is_heard(server: Server, client: httpx.Client, track_id: str) -> bool:
    signed = client.post(f"/stream/{track_id}")
    if signed.status_code != _OK:
        return False
    got = httpx.get(server.url + signed.json()["direct"], headers={"Range": "bytes=0-65535"}, timeout=60)
    return got.status_code == _PART


if __name__ == "__main__":
    main()
