"""What takes long, is large, or goes on while copies of a service die: through nginx to real servers."""

import hashlib
import json
import secrets
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from support.nginx import Gateway, named_services, running_gateway
from support.server import Server, running_server
from tutti.kit.web import API
from tutti.main import SERVICES

UPLOAD_BYTES = 200 * 1024**2
CHUNK = secrets.token_bytes(1024**2)
UNLIMITED = {"TUTTI_GATEWAY_API_BURST": "100000"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """All services in one process."""
    one = {"TUTTI_UPLOADS_MULTIPART_FROM_BYTES": str(2 * UPLOAD_BYTES)}
    with running_server(tmp_path_factory.mktemp("solo") / "data", **one) as running:
        running.set_up()
        yield running


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[Gateway]:
    with running_gateway(
        tmp_path_factory.mktemp("gateway"), UNLIMITED, upstream=(server.url.removeprefix("http://"),)
    ) as running:
        yield running


def test_the_live_connection_goes_through(gateway: Gateway, server: Server) -> None:
    token = server.log_in("ada")  # before: who has connected has to say soon who it is
    with connect(f"{gateway.url.replace('http', 'ws')}{API}/live", open_timeout=60) as socket:
        socket.send(json.dumps({"type": "auth", "token": token}))
        assert json.loads(socket.recv(30))["type"] == "ready"
        socket.send(json.dumps({"type": "subscribe", "channels": ["library"]}))
        assert json.loads(socket.recv(30)) == {"type": "subscribed", "channel": "library"}
        socket.send("nonsense")
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(30)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400, "the reason comes through, too"


def test_a_large_upload_lies_nowhere_on_its_way(gateway: Gateway, server: Server) -> None:
    """It arrives whole, and nginx writes no file."""
    with gateway.client(headers={"Authorization": f"Bearer {server.log_in('ada')}"}) as client:
        wanted = {"filename": "long.flac", "sizeBytes": UPLOAD_BYTES, "contentType": "audio/flac"}
        begun = client.post(f"{API}/uploads", json=wanted).raise_for_status().json()
        size = {"Content-Length": str(UPLOAD_BYTES)}
        most = 0

        def watched() -> Iterator[bytes]:
            nonlocal most
            for chunk in chunks(UPLOAD_BYTES):
                most = max(most, buffered_files(gateway))
                yield chunk

        with httpx.Client(base_url=gateway.url, timeout=120) as bare:
            bare.put(begun["url"], content=watched(), headers=begun["headers"] | size).raise_for_status()
        assert most == 0
        complete = client.post(f"{API}/uploads/{begun['uploadId']}/complete").raise_for_status().json()
    assert complete["sizeBytes"] == UPLOAD_BYTES


def chunks(size: int) -> Iterator[bytes]:
    for start in range(0, size, len(CHUNK)):
        yield CHUNK[: size - start]


def buffered_files(gateway: Gateway) -> int:
    """How many files nginx's workers hold open for bodies, deleted ones included."""
    folder = str(gateway.folder / "run" / "client_body")
    opened = [open_files(each.pid) for each in psutil.Process(gateway.process.pid).children()]
    assert any(opened), "no worker lets us look"
    return sum(name.startswith(folder) for names in opened for name in names)


def open_files(pid: int) -> list[str]:
    """What a process holds open; nothing when it has ended, as the helper does that nginx starts with."""
    names: list[str] = []
    with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed since it was listed
                names.append(str(link.readlink()))
    return names


def test_a_body_flows_on_before_it_is_whole(tmp_path: Path) -> None:
    """The service hears of an upload while its client still sends."""
    with (
        named_services(list(SERVICES)) as services,
        running_gateway(tmp_path, upstream=tuple(each.upstream for each in services.values())) as gateway,
        gateway.client() as client,
    ):
        arrived = threading.Event()
        services["media"].on_body = arrived.set

        def slowly() -> Iterator[bytes]:
            yield CHUNK
            assert arrived.wait(30), "nginx holds the body back"
            yield CHUNK

        size = {"Content-Length": str(2 * len(CHUNK))}
        answer = client.put(f"{API}/uploads/1/content", content=slowly(), headers=size)
        assert answer.json()["received"] == 2 * len(CHUNK)


COPY = """
import asyncio
import uvloop
async def answer(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})
from tutti.kit.serving import serve
uvloop.run(serve(answer, "127.0.0.1", 0, stop=asyncio.Event(), ready=lambda address: print(address, flush=True)))
"""


@contextmanager
def copies(number: int) -> Iterator[list[tuple[str, subprocess.Popen[str]]]]:
    """Servers like ours, that answer at once, and in one piece: who has half an answer loses the rest with the copy."""
    with ExitStack() as stack:
        started: list[tuple[str, subprocess.Popen[str]]] = []
        for _ in range(number):
            process = subprocess.Popen([sys.executable, "-c", COPY], stdout=subprocess.PIPE, text=True)
            stack.enter_context(process)
            stack.callback(process.kill)
            assert process.stdout is not None
            started.append((process.stdout.readline().strip().removeprefix("http://"), process))
        yield started


def test_a_killed_copy_costs_no_reader_anything(tmp_path: Path) -> None:
    with copies(2) as running:
        both = "|".join(address for address, _ in running)
        with running_gateway(tmp_path, UNLIMITED, upstream=(both,)) as gateway:
            killed = threading.Event()

            def ask(worker: int) -> Counter[int]:
                statuses: Counter[int] = Counter()
                after = 100
                with gateway.client() as client:
                    for number in count():
                        after -= killed.is_set()
                        statuses[client.get(f"{API}/albums/{worker}-{number}").status_code] += 1
                        if not after:
                            return statuses
                raise AssertionError

            with ThreadPoolExecutor(8) as threads:
                asking = [threads.submit(ask, worker) for worker in range(8)]
                try:
                    gateway.requests(lambda logged: len(logged) > 400 and len(answering(logged)) == 2)
                    running[0][1].send_signal(signal.SIGKILL)
                finally:
                    killed.set()
                statuses = sum((each.result(120) for each in asking), Counter[int]())
            assert set(statuses) == {200}
            gateway.requests(lambda logged: len(logged) == statuses.total())


def answering(logged: list[dict[str, Any]]) -> set[str]:
    """The copies that have answered a request."""
    return {line["upstream"].rpartition(", ")[2] for line in logged}


def test_a_write_to_copies_that_are_all_dead_is_told_at_once(tmp_path: Path) -> None:
    with copies(2) as running:
        both = "|".join(address for address, _ in running)
        with running_gateway(tmp_path, UNLIMITED, upstream=(both,)) as gateway, gateway.client() as client:
            assert client.post(f"{API}/albums", json={}).status_code == 200
            for _, process in running:
                process.kill()
                process.wait()
            answer = client.post(f"{API}/albums", json={})
            assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
            assert answer.headers["retry-after"] == "2"


def test_a_write_is_sent_to_the_copy_that_lives(tmp_path: Path) -> None:
    """Nothing was sent to the dead one, so that it is no repetition."""
    with copies(2) as running:
        both = "|".join(address for address, _ in running)
        with running_gateway(tmp_path, UNLIMITED, upstream=(both,)) as gateway, gateway.client() as client:
            running[0][1].kill()
            running[0][1].wait()
            assert {client.post(f"{API}/albums", json={}).status_code for _ in range(20)} == {200}


def test_a_page_loads_through_it(gateway: Gateway, server: Server) -> None:
    """Nothing is changed on the way: what comes is what the process itself sends."""
    with gateway.client() as through, httpx.Client(base_url=server.url, timeout=30) as straight:
        for path in ("/", f"{API}/openapi.json", f"{API}/setup"):
            first, second = through.get(path), straight.get(path)
            assert digest(first) == digest(second)
            for name in ("content-type", "cache-control", "content-security-policy"):
                assert first.headers.get_list(name) == second.headers.get_list(name)


def digest(answer: httpx.Response) -> str:
    return hashlib.sha256(answer.content).hexdigest()
