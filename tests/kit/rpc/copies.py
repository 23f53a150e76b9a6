"""Copies of a service as processes of their own, to be killed, hung and stopped."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kit.rpc.running import QUICK
from support.processes import freeze
from tutti.kit.rpc.settings import RpcSettings

ROOT = Path(__file__).parents[3]
_PROGRAM = """
import asyncio, msgspec, os, signal, sys, uvloop
from kit.rpc.sample import Librarian, Shelf, Shelves, SOME_TIME
from tutti.kit.cluster import ClusterSettings
from tutti.kit.rpc.server import RpcServer
from tutti.kit.rpc.settings import RpcSettings
from kit.rpc.running import SECRET

class Copy(Librarian):
    async def get_shelves(self, shelf_ids, kind="wood"):
        await asyncio.sleep(0.005)
        return [Shelf(str(os.getpid()), SOME_TIME)]

async def main(host, port, settings):
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    cluster = ClusterSettings(secrets=(SECRET,), rpc_host=host, rpc_port=port)
    async with RpcServer(cluster, {"shelves": (Shelves, Copy())}, settings) as server:
        print(server.port, flush=True)
        await stop.wait()

uvloop.run(main(sys.argv[1], int(sys.argv[2]), msgspec.json.decode(sys.argv[3], type=RpcSettings)))
"""
PATIENT = msgspec.structs.replace(QUICK, leave_s=5.0)
"""Of both sides; callers have the time to hear that a copy leaves."""


@dataclass
class Copy:
    """One process that answers `Shelves`; its shelves are called by its process id."""

    process: subprocess.Popen[str]
    port: int

    @property
    def id(self) -> str:
        return str(self.process.pid)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def hang(self) -> None:
        freeze(self.process.pid)

    def go_on(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def stop(self) -> None:
        """Ask it to stop; it finishes what it has begun."""
        self.process.terminate()


@contextmanager
def running_copy(
    port: int = 0, host: str = "127.0.0.1", settings: RpcSettings = PATIENT
) -> Generator[Copy, None, None]:
    """Run a copy for the length of the block."""
    command = [sys.executable, "-c", _PROGRAM, host, str(port), msgspec.json.encode(settings).decode()]
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            yield Copy(process, int(process.stdout.readline()))
        finally:
            process.kill()


@contextmanager
def reserved_port() -> Generator[int, None, None]:
    """A port at which nobody answers but the copy that is started there: nobody else is given it meanwhile."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
