"""A real ``tutti serve`` in a process of its own, as a person would start it.

``use`` lets the same tests run against something else that behaves as a server: a whole cluster (``support.cluster``).
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from support.ports import free_port

PASSWORD = "correct horse battery"
_ADDRESS = re.compile(r"plays at (http://\S+)")
_TOKEN = re.compile(r"/setup\?token=(\S+)")
_START_LIMIT_S = 120
_END_LIMIT_S = 60
"""Generous, as machines that test are busy."""


@dataclass
class Server:
    """A running server and what it said."""

    data_dir: Path
    process: subprocess.Popen[str]
    url: str = ""
    setup_token: str | None = None
    output: list[str] = field(default_factory=list)
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    _follower: threading.Thread | None = None

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=30)

    def set_up(self, name: str = "ada") -> str:
        """Make the first admin with the printed token; return an access token."""
        with self.client() as client:
            body = {"token": self.setup_token, "name": name, "password": PASSWORD}
            client.post("/setup", json=body).raise_for_status()
        return self.log_in(name)

    def log_in(self, name: str, password: str = PASSWORD) -> str:
        with self.client() as client:
            answer = client.post("/auth/login", json={"name": name, "password": password})
            answer.raise_for_status()
            return answer.json()["accessToken"]

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """As a power cut would: no goodbye."""
        self.process.send_signal(signal.SIGKILL)
        self._end(_END_LIMIT_S)

    def said(self) -> str:
        """All that it has written."""
        return "".join(self.output)

    def pid_of(self, service: str) -> int:
        """The process that runs a service: here, the one for all of them."""
        del service
        return self.process.pid

    def folder_of(self, service: str) -> Path:
        """The data folder of that process."""
        del service
        return self.data_dir

    def begin_again(self) -> None:
        """Start what was killed, in the same folder and at the same address, and wait until it answers."""
        port = self.url.rpartition(":")[2]
        self.process = _launch(self.data_dir, {**self.settings, "TUTTI_PORT": port})
        self._wait_until_it_answers()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self._end(_END_LIMIT_S)

    def _end(self, limit_s: float) -> int:
        code = self.process.wait(limit_s)
        if self._follower is not None:
            self._follower.join(limit_s)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def _wait_until_it_answers(self) -> None:
        self.url = ""
        self._follower = threading.Thread(target=self._follow, daemon=True)
        self._follower.start()
        try:
            wait_for(lambda: bool(self.url) and _answers(self), self.said, self.process)
        except AssertionError:
            self.kill()
            raise

    def _follow(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            if found := _ADDRESS.search(line):
                self.url = found[1]
            if found := _TOKEN.search(line):
                self.setup_token = found[1]


Start = Callable[[Path, Mapping[str, str]], Server]


def start_server(data_dir: Path, **settings: str) -> Server:
    """Start a server on a free port and wait until it answers."""
    return _starts[-1](data_dir, settings)


def use(start: Start) -> None:
    """Let every server from now on be started by ``start``, in the folder and with the settings that it is given."""
    _starts.append(start)


def _start_process(data_dir: Path, settings: Mapping[str, str]) -> Server:
    server = Server(data_dir, _launch(data_dir, settings), settings=settings)
    server._wait_until_it_answers()
    return server


def _launch(data_dir: Path, settings: Mapping[str, str]) -> subprocess.Popen[str]:
    # Not 0: the kernel may give such a port to somebody else while the server is dead, and it begins again at its own.
    own = {"TUTTI_DATA_DIR": str(data_dir), "TUTTI_PORT": str(free_port()), "COLUMNS": "300", "NO_COLOR": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "tutti", "serve"],
        env={**os.environ, **own, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


_starts: list[Start] = [_start_process]


@contextmanager
def running_server(data_dir: Path, **settings: str) -> Iterator[Server]:
    """A server for the length of a block."""
    server = start_server(data_dir, **settings)
    try:
        yield server
    finally:
        if server.runs:
            server.stop()


def wait_for(
    ready: object, said: object, process: subprocess.Popen[str] | None = None, limit_s: float = _START_LIMIT_S
) -> None:
    """Wait until ``ready()`` holds; fail with ``said()`` when it never does."""
    assert callable(ready)
    assert callable(said)
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if ready():
            return
        if process is not None and process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(f"gave up waiting:\n{said()}")


def _answers(server: Server) -> bool:
    try:
        return httpx.get(f"{server.url}/health/ready", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
