"""HLS on demand: memory with many listeners, the first segment after `POST /stream`, and a cold seek."""

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urljoin

import httpx
import psutil
from tests.support.server import Server, running_server, wait_for

from tutti.kit.audio.ffmpeg import find_ffmpeg

LISTENERS = 50
SEGMENTS = 6
SONGS = 10
SECONDS = 240
LONG_SECONDS = 4200
SEEKS = 15
_SOURCE = "aevalsrc='0.3*sin(440*2*PI*t)+0.1*random(0)':s=44100:c=stereo"
_SILENT = ["-v", "error", "-nostdin"]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        music = Path(folder) / "music"
        music.mkdir()
        for number in range(SONGS):
            _record(music / f"song {number}.flac", SECONDS)
        _record(music / "long.mp3", LONG_SECONDS)
        with running_server(Path(folder) / "data") as server, server.client(server.set_up()) as client:
            tracks = _add_library(client, music)
            _print_first_segment(client, tracks)
            _print_seeks(client, tracks["long"])
            _print_memory(server, client, [tracks[f"song {number}"] for number in range(SONGS)])


def _record(path: Path, seconds: int) -> None:
    command = [find_ffmpeg(), *_SILENT, "-f", "lavfi", "-i", _SOURCE, "-t", str(seconds), str(path)]
    subprocess.run(command, check=True)


def _add_library(client: httpx.Client, music: Path) -> dict[str, str]:
    body = {"name": "bench", "path": str(music), "watch": False}
    library = client.post("/libraries", json=body).raise_for_status().json()
    client.post(f"/libraries/{library['id']}/scan", json={})
    tracks: dict[str, str] = {}

    def scanned() -> bool:
        tracks.update({each["title"]: each["id"] for each in client.get("/tracks").raise_for_status().json()["items"]})
        return len(tracks) == SONGS + 1

    wait_for(scanned, lambda: f"the scan found {len(tracks)} tracks")
    return tracks


def _print_first_segment(client: httpx.Client, tracks: dict[str, str]) -> None:
    """Of songs that nobody has heard: the address, both playlists, the init segment and the first one."""
    took = [_timed(lambda track=track: _listen(client, track, "aac128", 1)) for track in tracks.values()]
    print("### From `POST /stream` to the first segment, nothing being cached\n")
    print("| median | slowest |\n|---|---|")
    print(f"| {statistics.median(took) * 1000:.0f} ms | {max(took) * 1000:.0f} ms |\n")


def _print_seeks(client: httpx.Client, track: str) -> None:
    urls = _segments(client, track, "aac64")
    asked = [urls[1 + len(urls) * n // (SEEKS + 1)] for n in range(1, SEEKS + 1)]
    took = sorted(_timed(lambda url=url: client.get(url).raise_for_status()) for url in asked)
    print(f"### A cold seek in {LONG_SECONDS // 60} minutes of MP3\n")
    print("| median | p95 |\n|---|---|")
    print(f"| {statistics.median(took) * 1000:.0f} ms | {took[int(len(took) * 0.95)] * 1000:.0f} ms |\n")


def _print_memory(server: Server, client: httpx.Client, tracks: list[str]) -> None:
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    highest = before
    with ThreadPoolExecutor(LISTENERS) as pool:
        waiting = [pool.submit(_listen, client, tracks[n % SONGS], "flac", SEGMENTS) for n in range(LISTENERS)]
        while not all(each.done() for each in waiting):
            highest = max(highest, process.memory_info().rss)
            time.sleep(0.05)
        for each in waiting:
            each.result()
    print(f"### Memory with {LISTENERS} listeners of {SONGS} songs, {SEGMENTS} lossless segments each\n")
    print(f"{(highest - before) / 2**20:.0f} MiB more than before, at most (limit: 50 MB).")


def _listen(client: httpx.Client, track: str, rendition: str, segments: int) -> None:
    urls = _segments(client, track, rendition)
    for url in urls[: segments + 1]:
        with client.stream("GET", url) as answer:
            answer.raise_for_status()
            for _ in answer.iter_raw():
                pass


def _segments(client: httpx.Client, track: str, rendition: str) -> list[str]:
    """Addresses of a rendition's segments, after that of its init segment; the lowest one where it is not offered."""
    master = urljoin(str(client.base_url), client.post(f"/stream/{track}").raise_for_status().json()["hls"])
    offered = [line for line in client.get(master).raise_for_status().text.splitlines() if line[:1] not in ("", "#")]
    chosen = next((line for line in offered if line.startswith(f"{rendition}/")), offered[0])
    index = urljoin(master, chosen)
    text = client.get(index).raise_for_status().text
    init = text.partition('URI="')[2].partition('"')[0]
    return [urljoin(index, line) for line in [init, *text.splitlines()] if line[:1] not in ("", "#")]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
