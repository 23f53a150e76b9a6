"""Uploads into local storage against bare writes to the same disk, and the server's memory with several at once."""

import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
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
        with _Peak(server) as peak, ThreadPoolExecutor(AT_ONCE) as pool:
            started = time.perf_counter()
            ids = list(pool.map(lambda _: _send_parts(server, client), range(AT_ONCE)))
            seconds = time.perf_counter() - started
        for upload_id in ids:
            client.delete(f"/uploads/{upload_id}").raise_for_status()
    total = AT_ONCE * FILE_BYTES
    print(f"### Memory, {AT_ONCE} uploads of {FILE_BYTES / 1e9:.0f} GB at once\n")
    print(
        f"Idle {idle:.0f} MiB, at most {peak.mib:.0f} MiB: {peak.mib - idle:+.0f} MiB (limit: {LIMIT_MIB} MiB), ",
        end="",
    )
    print(f"at {total / seconds / 1e6:.0f} MB/s in all.\n")


def _repeat(server: Server, send: Callable[[Server, httpx.Client], str]) -> list[float]:
    """Bytes per second of each run."""
    rates: list[float] = []
    with server.client(server.set_up()) as client:
        for _ in range(RUNS):
            started = time.perf_counter()
            upload_id = send(server, client)
            rates.append(FILE_BYTES / (time.perf_counter() - started))
            client.delete(f"/uploads/{upload_id}").raise_for_status()
    return rates


def _send_whole(server: Server, client: httpx.Client) -> str:
    begun = _begin(client)
    _put(server, begun["url"], begun["headers"], FILE_BYTES)
    return begun["uploadId"]


def _send_parts(server: Server, client: httpx.Client) -> str:
    begun = _begin(client)
    numbers = list(range(1, begun["partCount"] + 1))
    signed = client.post(f"/uploads/{begun['uploadId']}/parts", json={"numbers": numbers}).raise_for_status().json()
    for address in signed:
        _put(server, address["url"], address["headers"], address["sizeBytes"])
    done = client.get(f"/uploads/{begun['uploadId']}/parts").raise_for_status().json()
    assert len(done["parts"]) == len(numbers)
    return begun["uploadId"]


def _begin(client: httpx.Client) -> Any:
    wish = {"filename": "box.wav", "sizeBytes": FILE_BYTES, "contentType": "audio/wav"}
    return client.post("/uploads", json=wish).raise_for_status().json()


def _put(server: Server, url: str, headers: dict[str, str], size_bytes: int) -> None:
    """Send zeros by a bare socket: a client that costs next to nothing, on the same two cores."""
    at = urlsplit(server.url)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"PUT {url} HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Length: {size_bytes}\r\n{lines}\r\n"
    with socket.create_connection((at.hostname, at.port)) as line:
        line.sendall(head.encode())
        for start in range(0, size_bytes, len(_CHUNK)):
            line.sendall(memoryview(_CHUNK)[: size_bytes - start])
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


class _Peak:
    """The most memory that a server has, looked at twenty times a second."""

    def __init__(self, server: Server) -> None:
        self.mib = 0.0
        self._server = server
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look)

    def __enter__(self) -> "_Peak":
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._over.wait(_SAMPLED_EVERY_S):
            self.mib = max(self.mib, _rss_mib(self._server))


def _rss_mib(server: Server) -> float:
    main_ = psutil.Process(server.process.pid)
    return sum(each.memory_info().rss for each in (main_, *main_.children(recursive=True))) / 2**20


if __name__ == "__main__":
    main()
