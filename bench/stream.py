"""Direct streams against nginx sendfile, memory of idle listeners, and the first byte of a cold transcode."""

import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
from tests.support.server import Server, running_server, wait_for

from tutti.kit.audio.ffmpeg import find_ffmpeg

CLIENTS = 16
SECONDS = 6
LISTENERS = 200
TRANSCODES = 15
_RATE = re.compile(r"Transfer/sec:\s+([\d.]+)([KMG]B)")
_UNITS = {"KB": 1e3, "MB": 1e6, "GB": 1e9}
_SILENT = ["-v", "error", "-nostdin"]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        music = Path(folder) / "music"
        music.mkdir()
        song = music / "song.flac"
        source = "aevalsrc='0.3*sin(440*2*PI*t)+0.1*random(0)':s=44100:c=stereo:d=300"
        subprocess.run([find_ffmpeg(), *_SILENT, "-f", "lavfi", "-i", source, str(song)], check=True)
        with running_server(Path(folder) / "data") as server:
            direct = _add_library(server, music)
            _print_direct(direct, song)
            _print_listeners(server, direct)
            _print_first_byte(direct, song)


def _add_library(server: Server, music: Path) -> str:
    with server.client(server.set_up()) as client:
        library = client.post("/libraries", json={"name": "bench", "path": str(music)}).raise_for_status().json()
        client.post(f"/libraries/{library['id']}/scan", json={})
        tracks: list[dict[str, str]] = []

        def scanned() -> bool:
            tracks[:] = client.get("/tracks").raise_for_status().json()["items"]
            return bool(tracks)

        wait_for(scanned, lambda: "the scan found no track")
        direct = client.post(f"/stream/{tracks[0]['id']}").raise_for_status().json()["direct"]
        return direct if direct.startswith("http") else server.url + direct


def _print_direct(direct: str, song: Path) -> None:
    size_mb = song.stat().st_size / 1e6
    print(f"### Direct, {CLIENTS} clients, a file of {size_mb:.0f} MB\n")
    if shutil.which("wrk") is None or not Path("/usr/sbin/nginx").exists():
        print("Not measured: wrk or nginx is missing.\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        nginx = _start_nginx(Path(folder), port, song.parent)
        try:
            reference = _throughput(f"http://127.0.0.1:{port}/{song.name}")
            reference_ranged = _throughput(f"http://127.0.0.1:{port}/{song.name}", "Range: bytes=0-")
            ours = _throughput(direct)
            ranged = _throughput(direct, "Range: bytes=0-")
            middle = _throughput(direct, f"Range: bytes={song.stat().st_size // 2}-")
            reference_middle = _throughput(
                f"http://127.0.0.1:{port}/{song.name}", f"Range: bytes={song.stat().st_size // 2}-"
            )
        finally:
            nginx.terminate()
            nginx.wait(10)
    print("| request | nginx sendfile | Tutti | ratio |\n|---|---|---|---|")
    for name, theirs, mine in (
        ("whole file", reference, ours),
        ("`Range: bytes=0-`, what browsers ask", reference_ranged, ranged),
        ("from the middle on", reference_middle, middle),
    ):
        print(f"| {name} | {theirs / 1e6:.0f} MB/s | {mine / 1e6:.0f} MB/s | {mine / theirs:.2f} |")
    print()


def _throughput(url: str, header: str = "Accept: */*") -> float:
    command = ["wrk", "-t2", f"-c{CLIENTS}", f"-d{SECONDS}s", "--timeout", "20s", "-H", header, url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = _RATE.search(said)
    assert found is not None, said
    assert "Non-2xx" not in said, said
    return float(found[1]) * _UNITS[found[2]]


def _print_listeners(server: Server, direct: str) -> None:
    before = _rss(server)
    sockets = [_listen_a_little(direct) for _ in range(LISTENERS)]
    time.sleep(2)
    during = _rss(server)
    for each in sockets:
        each.close()
    print(f"### Memory\n\n{LISTENERS} listeners that have read 64 KiB and then stopped reading: ", end="")
    print(f"{(during - before) / LISTENERS / 1024:.0f} KiB each (limit: 3 MiB).\n")


def _listen_a_little(direct: str) -> socket.socket:
    parts = urlsplit(direct)
    listener = socket.create_connection((parts.hostname, parts.port))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    listener.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\nRange: bytes=1000-\r\n\r\n".encode())
    received = 0
    while received < 65536:
        received += len(listener.recv(65536 - received))
    return listener


def _print_first_byte(direct: str, song: Path) -> None:
    theirs = [_first_byte_of_ffmpeg(song, 60 + n) for n in range(TRANSCODES)]
    with httpx.Client(timeout=30) as client:
        asked = f"{direct}&format=opus&bitRateKbps=128&offsetMs="
        ours = [_first_byte_of_tutti(client, f"{asked}{(60 + n) * 1000}") for n in range(TRANSCODES)]
    reference, mine = statistics.median(theirs) * 1000, statistics.median(ours) * 1000
    print(f"### First byte of a cold transcode (Opus 128 kbit/s, with an offset, median of {TRANSCODES})\n")
    print("| ffmpeg alone | Tutti | more |\n|---|---|---|")
    print(f"| {reference:.0f} ms | {mine:.0f} ms | {mine - reference:+.0f} ms (limit: +50 ms) |")


def _first_byte_of_ffmpeg(song: Path, offset_s: int) -> float:
    codec = ["-map", "0:a:0", "-c:a", "libopus", "-b:a", "128k", "-f", "ogg", "-flush_packets", "1", "-"]
    command = [find_ffmpeg(), *_SILENT, "-ss", str(offset_s), "-i", str(song), *codec]
    return _timed(lambda: _read_one(command))


def _read_one(command: list[str]) -> None:
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.kill()


def _first_byte_of_tutti(client: httpx.Client, url: str) -> float:
    def first() -> None:
        with client.stream("GET", url) as answer:
            answer.raise_for_status()
            next(answer.iter_raw(1))

    return _timed(first)


def _timed(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _start_nginx(folder: Path, port: int, root: Path) -> subprocess.Popen[bytes]:
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error;\n"
        "events { worker_connections 512; }\n"
        "http { access_log off; sendfile on; tcp_nopush on;"
        f" client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;"
        f" fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;"
        f" server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n"
    )
    nginx = subprocess.Popen(["/usr/sbin/nginx", "-c", str(config), "-e", str(folder / "error")])
    wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, lambda: "nginx did not start", None)
    return nginx


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _rss(server: Server) -> int:
    tree = [psutil.Process(server.process.pid)]
    return sum(process.memory_info().rss for process in tree + tree[0].children(recursive=True))


if __name__ == "__main__":
    main()
