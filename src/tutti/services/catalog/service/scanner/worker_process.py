"""A process of our own that answers messages over its standard streams, each after its length in four bytes."""

import asyncio
import os
import sys
from contextlib import suppress

from tutti.kit.children import bury
from tutti.services.catalog.service.scanner.frames import LENGTH


class WorkerLost(Exception):
    """A worker died or did not answer in time."""


class WorkerProcess:
    """Answers one message after the other, until it is stopped or dies."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, program: str) -> "WorkerProcess":
        """Start the module ``program``; it is out of reach of a Ctrl-C in the terminal."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,
        )
        return cls(process)

    async def ask(self, message: bytes, *, timeout_s: float) -> bytes:
        """Send a message and return the answer.

        Raises:
            WorkerLost: the process died, or took longer than ``timeout_s``.
        """
        try:
            async with asyncio.timeout(timeout_s):
                return await self._exchange(message)
        except TimeoutError:
            raise WorkerLost(f"reading it took longer than {timeout_s:.0f} s") from None
        except (OSError, asyncio.IncompleteReadError):
            raise WorkerLost("reading it ended the process that read it") from None

    async def _exchange(self, message: bytes) -> bytes:
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            raise WorkerLost("the process that reads has no streams")
        requests.write(LENGTH.pack(len(message)) + message)
        await requests.drain()
        (length,) = LENGTH.unpack(await answers.readexactly(LENGTH.size))
        return await answers.readexactly(length)

    async def stop(self) -> None:
        """End the process; it holds nothing that could be lost."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
            try:
                await self._process.wait()
            finally:
                await bury(self._process)
