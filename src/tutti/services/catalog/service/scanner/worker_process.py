"""A process of our own that answers messages over its standard streams, each after its length in four bytes."""

import asyncio
import os
import sys
from contextlib import suppress

from tutti.services.catalog.service.scanner.frames import LENGTH, PIPE_BYTES


class WorkerLost(Exception):
    """A worker died or did not answer in time."""


class WorkerProcess:
    """Answers one message after the other, until it is stopped or dies."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()
        self._is_lost = False

    @classmethod
    async def start(cls, program: str) -> "WorkerProcess":
        """Start the module ``program``; it is out of reach of a Ctrl-C in the terminal."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=PIPE_BYTES,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,
        )
        return cls(process)

    async def ask(self, message: bytes, *, timeout_s: float) -> bytes:
        """Send a message and return the answer, which may take ``timeout_s`` from the answer before on.

        Others may be sent meanwhile. They are answered in their order, or are lost together.

        Raises:
            WorkerLost: the process died, or took too long.
        """
        requests = self._process.stdin
        if requests is not None:
            requests.write(LENGTH.pack(len(message)) + message)
        async with self._turn:
            if self._is_lost:
                raise WorkerLost("reading another file ended the process that read it")
            try:
                async with asyncio.timeout(timeout_s):
                    return await self._receive()
            except BaseException as error:
                self._is_lost = True  # what comes now would be taken for the next answer
                if isinstance(error, TimeoutError):
                    raise WorkerLost(f"reading it took longer than {timeout_s:.0f} s") from None
                if isinstance(error, OSError | asyncio.IncompleteReadError):
                    raise WorkerLost("reading it ended the process that read it") from None
                raise

    async def _receive(self) -> bytes:
        answers = self._process.stdout
        if answers is None:
            raise WorkerLost("the process that reads has no streams")
        (length,) = LENGTH.unpack(await answers.readexactly(LENGTH.size))
        return await answers.readexactly(length)

    async def stop(self) -> None:
        """End the process; it holds nothing that could be lost."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await asyncio.shield(self._process.wait())
