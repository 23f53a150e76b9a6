"""Processes that end with the one that started them, each with a log of its own."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from support.processes import freeze, rss_of
from support.server import wait_for

STOP_LIMIT_S = 60


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def own_environ() -> dict[str, str]:
    """The environment of this process without settings of Tutti, which are for another one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TUTTI_")}


@dataclass(eq=False)
class Child:
    """One process, which may be started and ended many times.

    It ends when its parent does, however that ends: PR_SET_PDEATHSIG, set by setpriv of util-linux where there is one.
    That signal comes when the *thread* ends that started it, so start children in threads that stay.
    """

    name: str
    command: Sequence[str | Path]
    log: Path
    ready: Callable[[], bool]
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    user: int | None = None
    """Id of the user that it runs as, where that is another one."""
    stop_signal: signal.Signals = signal.SIGTERM
    orphaned: str = "KILL"
    """The signal that it gets when its parent is gone; one that takes its own children along, where it has any."""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it without waiting until it is ready."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self._ties(), *self.command],
                env=own_environ() | self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is the runner's: it stops them in order
            )

    def wait_until_ready(self) -> None:
        """Wait until it answers; fail with the end of its log when it never does."""
        wait_for(self.ready, lambda: f"{self.name}:\n{self.said()[-3000:]}", self.process)

    def begin(self) -> None:
        """Start it and wait until it is ready."""
        self.start()
        self.wait_until_ready()

    @property
    def pid(self) -> int:
        assert self.process is not None, f"{self.name} was never started"
        return self.process.pid

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it; nothing, where it has ended."""
        if self.process is not None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """As a power cut would: no goodbye."""
        self.send(signal.SIGKILL)
        self.wait()

    def kill_family(self) -> None:
        """Kill it with all of its children, which would live on for a moment."""
        family = psutil.Process(self.pid).children(recursive=True)
        self.kill()
        for each in family:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs(family, STOP_LIMIT_S)

    def stop(self) -> int:
        """Stop it in order; return its exit code."""
        self.send(self.stop_signal)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end; kill it where that does not come."""
        assert self.process is not None
        try:
            return self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def pause(self) -> None:
        """Let it hang: it keeps its connections and answers nothing. Returns once it does."""
        freeze(self.pid)

    def resume(self) -> None:
        """Let it go on."""
        self.send(signal.SIGCONT)

    def said(self) -> str:
        """All that it has written, in all its lives."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def rss_bytes(self) -> int:
        """Resident memory of it and of its children."""
        parent = psutil.Process(self.pid)
        return sum(rss_of(each) for each in (parent, *parent.children(recursive=True)))

    def _ties(self) -> list[str]:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            assert self.user is None, "setpriv (util-linux) is needed to start servers as root"
            return []
        other = [f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"] if self.user is not None else []
        return [setpriv, *other, "--pdeathsig", self.orphaned, "--"]
