"""What a command works with: the settings of this call, and a process that runs as long as the command does."""

import fcntl
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import uvloop

from tutti.kit.service import Process
from tutti.kit.settings import Settings
from tutti.main import build_process, opened

T = TypeVar("T")
_LOCK_FILE = "serve.lock"


class Refused(Exception):
    """The command cannot be carried out; the message says why and what to do."""


class Context:
    """Settings given on the command line, over those of the environment and the file."""

    Refused = Refused

    def __init__(self) -> None:
        self.overrides: dict[str, object] = {}

    def settings(self) -> Settings:
        """Read the settings of this call."""
        return Settings(os.environ, self.overrides)


context = Context()


@asynccontextmanager
async def process() -> AsyncGenerator[Process, None]:
    """Every service over an open database, none of them started: what a single command needs."""
    async with opened(build_process(context.settings())) as opened_process:
        yield opened_process


def run(command: Callable[[], Awaitable[T]]) -> T:
    """Run an asynchronous command to its end."""

    async def main() -> T:
        return await command()

    return uvloop.run(main())


@contextmanager
def only_server(data_dir: Path) -> Generator[None, None, None]:
    """Hold the data folder as its only server.

    Raises:
        Refused: another `tutti serve` holds it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / _LOCK_FILE).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"Another `tutti serve` uses {data_dir}. Stop it, or choose another --data-dir.") from None
        yield
