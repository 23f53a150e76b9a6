"""The command line inside the test process: the same entry, streams and exit codes, without a second start."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tutti.commands import main
from tutti.kit.settings import Settings
from tutti.kit.web import create_app
from tutti.main import build_process, running

T = TypeVar("T")
LIMIT_S = 500
"""A command in a process of its own; `tutti demo` takes a minute where nothing else runs."""


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def said(self) -> str:
        """Standard output of a command that went well, and had nothing to say about errors."""
        assert (self.code, self.err) == (0, ""), self
        return self.out

    def json(self) -> Any:
        """Standard output of a command that went well, which has to be JSON and nothing else."""
        return json.loads(self.said())

    def refusal(self) -> str:
        """The one line on standard error of a command that could not be carried out."""
        assert self.code == 1, self
        return self._only_error()

    def misuse(self) -> str:
        """The one line on standard error of a command that was mistyped."""
        assert self.code == 2, self
        return self._only_error()

    def _only_error(self) -> str:
        assert self.out == "", self
        assert self.err.startswith("Error: "), self
        assert self.err.count("\n") == 1, self
        return self.err.removeprefix("Error: ").rstrip("\n")


Tutti = Callable[..., Ran]
NEVER_MS = "600000"  # a busy machine has slow queries, and what is said of them is not asked for here


def run_to_exit(tokens: list[str]) -> int:
    """Run a command and return what the shell would see."""
    try:
        main(tokens)
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def environ_of(data_dir: Path, **more: str) -> dict[str, str]:
    """Return the environment of a process of its own over ``data_dir``."""
    plain = {"NO_COLOR": "1", "PYTHONUNBUFFERED": "1", "TUTTI_SLOW_QUERY_MS": NEVER_MS}
    return os.environ | plain | {"TUTTI_DATA_DIR": str(data_dir)} | more


def shell(*tokens: str | Path, data_dir: Path, **more: str) -> Ran:
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "tutti", *map(str, tokens)]
    environ = environ_of(data_dir, **more)
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def ask(data_dir: Path, request: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
    """Start every service over ``data_dir`` and talk to its REST surface: what a command did, seen by a client."""

    async def started() -> T:
        async with running(build_process(Settings({}, {"data_dir": data_dir}))) as process:
            transport = httpx.ASGITransport(create_app(process), raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://tutti.test/api/v1") as client:
                return await request(client)

    return asyncio.run(started())
