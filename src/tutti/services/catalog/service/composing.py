"""Has the demo music written by a process of its own (`tutti demo --json`), and reads how far that is.

Of its own because numpy would stay in the server's memory for good, and because it can be stopped at any moment.
"""

import asyncio
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from tutti.kit.children import bury
from tutti.services.catalog.service.scanner.filling import Filled
from tutti.services.catalog.service.scanner.scan import ScanFailed

_LINE_BYTES = 64 * 1024
_KEPT_BYTES = 4096
_STOP_S = 5.0
"""How long the process may take to stop its workers and to remove what it had begun."""
_AGAIN = "When that is mended, try again: a scan goes on where this one stopped."
_LINES = msgspec.json.Decoder(Filled)


class Composer:
    """Fills a folder with the demo music."""

    def __init__(self, command: Sequence[str], folder: Path, patience_s: float) -> None:
        """``command`` takes the folder as its last argument; it may be silent for ``patience_s`` at the most."""
        self._command = command
        self._folder = folder
        self._patience_s = patience_s

    async def compose(self) -> AsyncGenerator[Filled, None]:
        """Write what is missing of the music, and yield how far it is.

        Raises:
            ScanFailed: it cannot be written; the message says why, and what to do.
        """
        process = await self._start()
        errors = asyncio.create_task(_read_end(process), name="errors of the demo's writer")
        try:
            while (step := await self._next_step(process)) is not None:
                yield step
            code = await process.wait()
            if code:
                raise ScanFailed(_explain(code, await errors))
        finally:
            await _stop(process)
            errors.cancel()

    async def _start(self) -> Process:
        try:
            # A session of its own: Ctrl-C in a terminal is for the server, which then stops the writer.
            return await asyncio.create_subprocess_exec(
                *self._command,
                str(self._folder),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=PIPE,
                limit=_LINE_BYTES,
                start_new_session=True,
            )
        except OSError as error:
            raise ScanFailed(_failed(f"its writer cannot be started ({error.strerror})")) from error

    async def _next_step(self, process: Process) -> Filled | None:
        """Return how far it is by the next line; None where there are no more."""
        if process.stdout is None:
            raise RuntimeError("the writer has no output")
        try:
            async with asyncio.timeout(self._patience_s):
                line = await process.stdout.readline()
            return _LINES.decode(line) if line else None
        except TimeoutError:
            raise ScanFailed(_failed(f"its writer made nothing in {self._patience_s:.0f} seconds")) from None
        except ValueError as error:  # a line too long, or none of ours (msgspec's errors are of this class)
            raise ScanFailed(_failed("its writer speaks another language, as that of another version would")) from error


async def _read_end(process: Process) -> str:
    """Return the last of what a process says of errors."""
    end = b""
    while process.stderr is not None and (read := await process.stderr.read(_KEPT_BYTES)):
        end = (end + read)[-_KEPT_BYTES:]
    return end.decode("utf-8", "replace").strip()


async def _stop(process: Process) -> None:
    """End a process, its workers with it; nothing happens where it has ended."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_S):
            await process.wait()
    except TimeoutError:
        pass
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await bury(process)


def _explain(code: int, said: str) -> str:
    if code < 0:
        name = signal.Signals(-code).name
        return _failed(f"its writer was ended from outside ({name}), as it happens when memory runs out")
    last = said.rpartition("\n")[2].removeprefix("Error: ").rstrip(".")
    return _failed(last or f"its writer ended with {code}")


def _failed(reason: str) -> str:
    return f"The demo music could not be written: {reason}. {_AGAIN}"
