"""Uploads into local storage against bare writes to the same disk, and the server's memory with several at once.

Each file is a WAV of an hour and a half, silent but for its first sample, which makes it one that nobody has yet.
"""

import os
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import psutil
from tests.support.server import Server, running_server

FILE_BYTES = 1_000_000_000
AT_ONCE = 4
RUNS = 3
LIMIT_MIB = 50
_CHUNK = bytes(1024 * 1024)
_SAMPLED_EVERY_S = 0.05
_SETTINGS = {"TUTTI_UPLOADS_MULTIPART_FROM_BYTES": str(64 * 2**20), "TUTTI_STORAGE_MIN_FREE_BYTES": "0"}
_WHOLE = _SETTINGS | {"TUTTI_UPLOADS_MULTIPART_FROM_BYTES": str(2 * FILE_BYTES)}


def main() -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        rates = {"bare writes and a flush": [_bare(folder) for _ in range(RUNS)]}
        with running_server(folder / "whole", **_WHOLE) as server:
            rates["one PUT"] = _repeat(server, _send_whole)
        with running_server(folder / "parts", **_SETTINGS) as server:
            rates["parts of 16 MiB, one after the other"] = _repeat(server, _send_parts)
            _print_rates(rates)
            _print_memory(server)


def _print_rates(rates: dict[str, list[float]]) -> None:
    best = max(rates["bare writes and a flush"])
    print(f"### Throughput, a file of {FILE_BYTES / 1e9:.0f} GB, best of {RUNS}\n\n| way | | ratio |\n|---|---|---|")
    for way, measured in rates.items():
        print(f"| {way} | {max(measured) / 1e6:.0f} MB/s | {max(measured) / best:.2f} |")
    print()


def _print_memory(server: Server) -> None:
    with server.client(server.log_in("ada")) as client:
        idle = _rss_mib(server)
        with _Peak(server) as received, ThreadPoolExecutor(AT_ONCE) as pool:
            started = time.perf_counter()
            ids = list(pool.map(lambda number: _send_parts(server, client, number), range(AT_ONCE)))
            seconds = time.perf_counter() - started
        with _Peak(server) as made:
            for upload_id in ids:
                client.post(f"/uploads/{upload_id}/complete", timeout=60).raise_for_status()
            started = time.perf_counter()
            for upload_id in ids:
                _wait_until_ready(client, upload_id)
            made_in = time.perf_counter() - started
    total = AT_ONCE * FILE_BYTES
    print(f"### Memory, {AT_ONCE} uploads of {FILE_BYTES / 1e9:.0f} GB at once (limit: {LIMIT_MIB} MiB above idle)\n")
    print("| | the server | with its children |\n|---|---|---|")
    print(f"| idle | {idle.own:.0f} MiB | {idle.all:.0f} MiB |")
    print(f"| receiving, {total / seconds / 1e6:.0f} MB/s in all | {received.over(idle)} |")
    print(f"| from `complete` until all are ready, {made_in:.0f} s | {made.over(idle)} |\n")


def _wait_until_ready(client: httpx.Client, upload_id: str) -> None:
    while (upload := client.get(f"/uploads/{upload_id}").raise_for_status().json())["state"] != "ready":
        assert upload["state"] != "failed", upload
        time.sleep(1)


def _repeat(server: Server, send: Callable[[Server, httpx.Client, int], str]) -> list[float]:
    """Bytes per second of each run."""
    rates: list[float] = []
    with server.client(server.set_up()) as client:
        for _ in range(RUNS):
            started = time.perf_counter()
            upload_id = send(server, client, AT_ONCE)
            rates.append(FILE_BYTES / (time.perf_counter() - started))
            client.delete(f"/uploads/{upload_id}").raise_for_status()
    return rates


def _send_whole(server: Server, client: httpx.Client, number: int) -> str:
    begun = _begin(client)
    _put(server, begun["url"], begun["headers"], FILE_BYTES, _wav_start(number))
    return begun["uploadId"]


def _send_parts(server: Server, client: httpx.Client, number: int) -> str:
    begun = _begin(client)
    numbers = list(range(1, begun["partCount"] + 1))
    signed = client.post(f"/uploads/{begun['uploadId']}/parts", json={"numbers": numbers}).raise_for_status().json()
    for address in signed:
        start = _wav_start(number) if address["number"] == 1 else b""
        _put(server, address["url"], address["headers"], address["sizeBytes"], start)
    done = client.get(f"/uploads/{begun['uploadId']}/parts").raise_for_status().json()
    assert len(done["parts"]) == len(numbers)
    return begun["uploadId"]


def _begin(client: httpx.Client) -> Any:
    wish = {"filename": "box.wav", "sizeBytes": FILE_BYTES, "contentType": "audio/wav"}
    return client.post("/uploads", json=wish).raise_for_status().json()


def _wav_start(number: int) -> bytes:
    """The beginning of 44.1 kHz, 16 bits, stereo, with a first sample of its own."""
    about = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, 44_100, 4 * 44_100, 4, 16)
    riff = struct.pack("<4sI4s", b"RIFF", FILE_BYTES - 8, b"WAVE")
    return riff + about + struct.pack("<4sIh", b"data", FILE_BYTES - 44, number + 1)


def _put(server: Server, url: str, headers: dict[str, str], size_bytes: int, start: bytes) -> None:
    """Send ``start`` and zeros by a bare socket: a client that costs next to nothing, on the same two cores."""
    at = urlsplit(server.url)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"PUT {url} HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Length: {size_bytes}\r\n{lines}\r\n"
    with socket.create_connection((at.hostname, at.port)) as line:
        line.sendall(head.encode() + start)
        for sent in range(len(start), size_bytes, len(_CHUNK)):
            line.sendall(memoryview(_CHUNK)[: size_bytes - sent])
        status = line.recv(64 * 1024).split(b" ", 2)[1]
    assert status == b"200", status


def _bare(folder: Path) -> float:
    path = folder / "bare"
    started = time.perf_counter()
    with path.open("wb", buffering=0) as file:
        for start in range(0, FILE_BYTES, len(_CHUNK)):
            file.write(memoryview(_CHUNK)[: FILE_BYTES - start])
        os.fsync(file.fileno())
    seconds = time.perf_counter() - started
    path.unlink()
    return FILE_BYTES / seconds


class _Rss(NamedTuple):
    """Resident memory in MiB."""

    own: float
    all: float


class _Peak:
    """The most memory that a server has, looked at twenty times a second."""

    def __init__(self, server: Server) -> None:
        self._most = _Rss(0.0, 0.0)
        self._server = server
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look)

    def over(self, idle: _Rss) -> str:
        """Two cells of a table."""
        return " | ".join(
            f"{most:.0f} MiB ({most - before:+.0f})" for most, before in zip(self._most, idle, strict=True)
        )

    def __enter__(self) -> "_Peak":
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._over.wait(_SAMPLED_EVERY_S):
            now = _rss_mib(self._server)
            self._most = _Rss(max(self._most.own, now.own), max(self._most.all, now.all))


def _rss_mib(server: Server) -> _Rss:
    main_ = psutil.Process(server.process.pid)
    own = main_.memory_info().rss / 2**20
    children = 0.0
    for each in main_.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            children += each.memory_info().rss / 2**20
    return _Rss(own, own + children)


if __name__ == "__main__":
    main()
