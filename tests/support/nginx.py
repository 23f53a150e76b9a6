"""A real nginx in a folder of its own, with the configuration that `tutti nginx` prints."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import httpx
import pytest

from support.ports import free_port
from support.server import wait_for
from tutti.commands.nginx import nginx

_CHUNK_BYTES = 1024 * 1024


@dataclass
class Gateway:
    """A running nginx."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, **options)

    def ask_raw(self, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """Send a path as it stands: clients would tidy it up."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            connection.putrequest(method, path)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    @property
    def log(self) -> str:
        """All that it said so far; of a request it says so after whoever asked has the answer."""
        return (self.folder / "log").read_text()

    def requests(self, holds: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Return the requests it has logged, as soon as ``holds`` of them."""
        logged: list[dict[str, Any]] = []

        def have_come() -> bool:
            logged[:] = (
                json.loads(line) for line in self.log.splitlines() if line.startswith("{") and line.endswith("}")
            )
            return holds(logged)

        wait_for(have_come, lambda: self.log, self.process)
        return logged


def find_nginx() -> str:
    path = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("nginx is required when CI is set; install nginx-light.")
        pytest.skip("no nginx here")
    return path


def write_config(folder: Path, environ: Mapping[str, str] | None = None, **options: Any) -> Path:
    """Write what `tutti nginx` prints; settings come from ``environ`` alone."""
    path = folder / "nginx.conf"
    (folder / "run").mkdir(parents=True, exist_ok=True)
    with mock.patch.dict(os.environ, environ or {}, clear=True):
        nginx(run_dir=folder / "run", output=path, **options)
    return path


@contextmanager
def running_gateway(folder: Path, environ: Mapping[str, str] | None = None, **options: Any) -> Iterator[Gateway]:
    """An nginx for the length of a block; ``options`` are those of the command."""
    executable, port = find_nginx(), free_port()
    config = write_config(folder, environ, **{"listen": f"127.0.0.1:{port}", **options})
    # Its workers would not be let into the folder of a test that root runs; who is not root stays who they are.
    command = [executable, "-p", str(folder), "-c", str(config), "-g", f"daemon off; user {_user()};"]
    with (folder / "log").open("ab") as log:  # both of its logs go here: none may overwrite the other
        process = subprocess.Popen(command, stdout=log, stderr=log)
    scheme = "https" if options.get("tls_certificate") else "http"
    gateway = Gateway(f"{scheme}://127.0.0.1:{port}", folder, process)
    try:
        wait_for(lambda: _listens(port), lambda: gateway.log, process)
        yield gateway
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@contextmanager
def named_services(names: Sequence[str]) -> Iterator[dict[str, "NamedService"]]:
    """One tiny server per service."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(NamedService(name)) for name in names}


class NamedService:
    """A server that answers everything by its own name and what it was asked."""

    def __init__(self, name: str, headers: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.headers = dict(headers or {})
        self.asked: list[dict[str, Any]] = []
        self.on_body: Callable[[], None] = lambda: None
        """Called when bytes of a body have come."""
        self._server = _Quiet(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    @property
    def upstream(self) -> str:
        return f"{self.name}={self.address}"

    def __enter__(self) -> "NamedService":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no error."""


def _handler(service: NamedService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            received, left = 0, int(self.headers.get("content-length") or 0)
            while left and (chunk := self.rfile.read1(min(left, _CHUNK_BYTES))):
                received, left = received + len(chunk), left - len(chunk)
                service.on_body()
            said = {
                "service": service.name,
                "method": self.command,
                "path": self.path,
                "received": received,
                "headers": {name.lower(): value for name, value in self.headers.items()},
            }
            service.asked.append(said)
            body = json.dumps(said).encode()
            self.send_response(200)
            headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "X-Service": service.name}
            for name, value in {**headers, **service.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  its name there
            """Nothing to say."""

    return Handler


def _user() -> str:
    return "root" if os.getuid() == 0 else "nobody"


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
