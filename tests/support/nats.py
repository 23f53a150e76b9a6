"""A real NATS of a test's own, from its wheel, with JetStream on files: it can be killed, and started again."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from support.ports import free_ports
from support.processes import freeze

_LIMIT_S = 2.0
_START_LIMIT_S = 120.0


class Nats:
    """A server at one address, whatever becomes of it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        self.port, self._monitor = free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """As TUTTI_NATS_URL takes it."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until JetStream answers."""
        self.begin()
        self.wait_until_ready()

    def begin(self) -> None:
        """Start it; one of several answers only when it has met the others."""
        assert self._process is None, "it runs"
        self._folder.mkdir(parents=True, exist_ok=True)
        own = ["-a", "127.0.0.1", "-p", str(self.port), "-m", str(self._monitor), "-js", "-sd", str(self._folder)]
        command = [str(Path(sys.executable).with_name("nats-server")), *own, *self._options]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)

    def wait_until_ready(self) -> None:
        """Wait until JetStream answers."""
        deadline = time.monotonic() + _START_LIMIT_S
        while not self.answers():
            assert time.monotonic() < deadline, (self._folder / "log").read_text()
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether JetStream is ready."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._monitor}/healthz", timeout=_LIMIT_S) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def kill(self) -> None:
        """End it as a power cut would, but for what the operating system has in its hands."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order, if it runs."""
        if self._process is not None:
            self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Kill it, and start it with what it had."""
        self.kill()
        self.start()

    @contextmanager
    def hanging(self) -> Generator[None]:
        """Keep it from answering, though it is there."""
        assert self._process is not None, "it does not run"
        freeze(self._process.pid)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        assert self._process is not None, "it does not run"
        self._process.send_signal(how)
        self._process.wait()
        self._process = None


@contextmanager
def running_nats(folder: Path, *options: str) -> Generator[Nats]:
    """A server, stopped afterwards."""
    server = Nats(folder, *options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def running_cluster(folder: Path, count: int) -> Generator[list[Nats]]:
    """Servers that keep streams together, stopped afterwards."""
    ports = free_ports(count)
    routes = ",".join(f"nats://127.0.0.1:{port}" for port in ports)
    servers = [
        Nats(
            folder / str(number),
            *("--name", f"server{number}", "--cluster_name", "tutti"),
            *("--cluster", f"nats://127.0.0.1:{port}", "--routes", routes),
        )
        for number, port in enumerate(ports)
    ]
    for server in servers:
        server.begin()
    try:
        for server in servers:
            server.wait_until_ready()
        yield servers
    finally:
        for server in servers:
            server.stop()
