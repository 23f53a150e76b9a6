"""What strangers send is decoded in a process of its own, with limits: one message in, one answer out, then it ends.

The process has a memory, a processor time and a lifetime of its own, can write no file, and knows nothing of the
server's environment, where secrets are (`tutti.kit.children`). What goes wrong in it takes nothing along.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress

from tutti.kit.children import Limits, OutOfTime, ReadingInterrupted, start
from tutti.kit.tasks import end_tasks

__all__ = ["Limits", "Overstepped", "ReadingInterrupted", "answer_confined", "ask_confined"]

_CHUNK_BYTES = 64 * 1024
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")


class Overstepped(Exception):
    """The process died or passed a limit; the message says which, as the end of a sentence."""


async def ask_confined(program: str, message: bytes, limits: Limits) -> bytes:
    """Run the module ``program``, whose main calls `answer_confined`, and return its answer to ``message``.

    Raises:
        Overstepped: it took more than its limits, or died of what it read.
        ReadingInterrupted: somebody else ended it; trying again may help.
    """
    child = await start(
        [sys.executable, "-m", program],
        limits,
        env=_environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    process = child.process
    try:
        async with asyncio.timeout(limits.wall_s):
            _, answer = await asyncio.gather(_feed(process, message), _collect(process, limits.output_bytes))
            status = await child.ended()
    except TimeoutError:
        raise Overstepped(f"it took longer than {limits.wall_s:.0f} s") from None
    except OutOfTime as error:
        raise Overstepped(f"it took {error}") from error
    finally:
        draining = asyncio.create_task(_drain(process))
        try:
            await child.end()
        finally:
            await end_tasks(draining)
    if status:
        raise Overstepped(f"the process for it ended with {status}")
    return answer


def answer_confined(answer: Callable[[bytes], bytes]) -> None:
    """Answer the message on standard input, for a program's main; the limits are set by now."""
    content = answer(sys.stdin.buffer.read())
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # No file may be written, those of compiled modules neither.
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}


async def _feed(process: asyncio.subprocess.Process, message: bytes) -> None:
    if process.stdin is None:
        raise Overstepped("it has no standard input")
    # Where it died early, its status says more; uvloop takes nothing for a pipe that it knows to be closed.
    with suppress(BrokenPipeError, ConnectionResetError):
        if not process.stdin.is_closing():
            process.stdin.write(message)
            await process.stdin.drain()
    process.stdin.close()


async def _collect(process: asyncio.subprocess.Process, most_bytes: int) -> bytes:
    if process.stdout is None:
        raise Overstepped("it has no standard output")
    found = bytearray()
    while chunk := await process.stdout.read(_CHUNK_BYTES):
        found += chunk
        if len(found) > most_bytes:
            raise Overstepped(f"it answered more than {most_bytes} bytes")
    return bytes(found)


async def _drain(process: asyncio.subprocess.Process) -> None:
    """Read what is left: asyncio calls no process ended before its pipes are."""
    if process.stdout is not None:
        while await process.stdout.read(_CHUNK_BYTES):
            pass
