"""What we need of a server beside speed, tried from the outside. Each returns a short answer for the table."""

import socket
import statistics
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bench.servers.running import Running

_SLOW_READER_S = 5
_TRIES = 5


def files_by_path(server: Running) -> str:
    answer = httpx.get(f"{server.url}/file", headers={"Range": "bytes=0-"})
    size = len(answer.content)
    right = answer.status_code == 206 and answer.headers["content-range"] == f"bytes 0-{size - 1}/{size}"
    return "right" if right else f"wrong: {answer.status_code} {dict(answer.headers)}"


def head(server: Running) -> str:
    answer = httpx.head(f"{server.url}/file")
    length = answer.headers.get("content-length", "missing")
    return "has the length" if length.isdigit() and int(length) > 0 and not answer.content else f"length {length}"


def keep_alive(server: Running) -> str:
    connection = HTTPConnection("127.0.0.1", server.port)
    used: set[object] = set()
    for _ in range(3):
        connection.request("GET", "/json")
        used.add(connection.sock)
        connection.getresponse().read()
    connection.close()
    return "yes" if len(used) == 1 else "no"


def notices_a_client_that_leaves(server: Running) -> str:
    """Both processes read the system's one monotonic clock."""
    delays: list[float] = []
    for _ in range(_TRIES):
        connection = _request(server, "/watch")
        connection.recv(65536)
        time.sleep(0.1)
        left_at = time.monotonic()
        connection.close()
        time.sleep(0.3)
        seen = _seen(server).get("disconnected_at", 0)
        delays.append((seen - left_at) * 1000 if seen >= left_at else float("inf"))
    return f"after {statistics.median(delays):.1f} ms"


def waits_for_a_slow_reader(server: Running) -> str:
    before = server.rss_mb()
    connection = _request(server, "/endless", receive_buffer=4096)
    for _ in range(_SLOW_READER_S):
        connection.recv(1024)
        time.sleep(1)
    grown, taken = server.rss_mb() - before, _seen(server)["taken"] / 2**20
    connection.close()
    return f"took {taken:.1f} MiB, grew {grown:+.1f} MiB"


def websockets(server: Running) -> str:
    with connect(f"ws://127.0.0.1:{server.port}/echo") as socket_:
        socket_.send("hello")
        return "yes" if socket_.recv() == "hello" else "no"


def puts_out(server: Running) -> str:
    """Closed while a receive waits: does the client hear of it, and does the application's task end?"""
    with connect(f"ws://127.0.0.1:{server.port}/strict", close_timeout=1) as silent:
        try:
            silent.recv(3)
        except ConnectionClosed as closed:
            told = f"the client is told {closed.rcvd.code if closed.rcvd else 'nothing'}"
        except TimeoutError:
            told = "the client is not told"
    time.sleep(0.5)
    return told if _seen(server).get("put_out") else f"{told}, the task hangs"


def finishes_what_runs(server: Running) -> str:
    """Told to stop with a request under way. The last one to try: the server is gone afterwards."""
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(httpx.get(f"{server.url}/late").text))
    asking.start()
    time.sleep(0.3)
    server.process.terminate()
    asking.join()
    return "yes" if answers == ["finished"] else "no"


def one_process(server: Running) -> str:
    return "yes" if len(server.tree()) == 1 else f"no, {len(server.tree())}"


MANNERS: dict[str, Callable[[Running], str]] = {
    "one process": one_process,
    "206 for `bytes=0-` of the whole file": files_by_path,
    "HEAD": head,
    "keep-alive": keep_alive,
    "WebSocket": websockets,
    "WebSocket closed with 4008 while it receives": puts_out,
    "`http.disconnect` of a client that leaves": notices_a_client_that_leaves,
    "1 KB/s reader of 1 GiB, 5 s": waits_for_a_slow_reader,
    "finishes requests when stopped": finishes_what_runs,
}


def _request(server: Running, path: str, receive_buffer: int = 1 << 20) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
    return connection


def _seen(server: Running) -> dict[str, float]:
    return httpx.get(f"{server.url}/seen").raise_for_status().json()
