"""The servers under comparison, each in a process of its own, and nginx as the reference for files."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

NGINX = "nginx, sendfile"
_START_LIMIT_S = 20


@dataclass
class Running:
    """A server that answers."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def tree(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def rss_mb(self) -> float:
        return sum(process.memory_info().rss for process in self.tree()) / 2**20

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def commands(port: int) -> dict[str, list[str]]:
    """How to start each server on a port."""
    ours = [sys.executable, "-m", "bench.servers.app"]
    granian = [sys.executable, "-m", "granian", "--interface", "asginl", "--workers", "1", "--loop", "uvloop"]
    return {
        "uvicorn, uvloop, httptools": [*ours, "uvicorn", str(port)],
        "uvicorn, and our sendfile": [*ours, "uvicorn-sendfile", str(port)],
        "granian, a worker process": [*granian, "--no-log", "--port", str(port), "bench.servers.app:app"],
        "granian, in our loop": [*ours, "granian", str(port)],
    }


@contextmanager
def running(command: list[str], name: str, port: int, file: Path) -> Iterator[Running]:
    """A server for the length of a block."""
    server = Running(name, port, subprocess.Popen(command, env=os.environ | {"BENCH_FILE": str(file)}))
    try:
        _wait_until_it_answers(server)
        yield server
    finally:
        server.stop()


def nginx_command(folder: Path, port: int, root: Path) -> list[str]:
    """Write a configuration into ``folder`` and name the command that runs nginx with it."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        raise FileNotFoundError("nginx")
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error;\n"
        "events { worker_connections 512; }\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on; {temporary}\n"
        f"server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n"
    )
    return [program, "-c", str(config), "-e", str(folder / "error")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(server: Running) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < deadline and server.process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", server.port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{server.name} did not start")
