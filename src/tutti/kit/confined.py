"""What strangers send is decoded in a process of its own, with limits: one message in, one answer out, then it ends.

The process has a memory, a processor time and a lifetime of its own, can write no file, and knows nothing of the
server's environment, where secrets are. What goes wrong in it takes nothing along.
"""

import asyncio
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import msgspec
from msgspec import Meta

_NICENESS = 10
_CHUNK_BYTES = 64 * 1024
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one answer may take."""

    memory_bytes: Annotated[int, Meta(ge=1)]
    """Of addresses, most of them never touched: an image decoder's libraries alone claim hundreds of megabytes."""
    cpu_s: Annotated[int, Meta(ge=1)]
    wall_s: Annotated[float, Meta(gt=0)]
    answer_bytes: Annotated[int, Meta(ge=0)]


class Overstepped(Exception):
    """The process died or passed a limit; the message says which, as the end of a sentence."""


async def ask_confined(program: str, message: bytes, limits: Limits) -> bytes:
    """Run the module ``program``, whose main calls `answer_confined`, and return its answer to ``message``.

    Raises:
        Overstepped: it took more than its limits, or died.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        program,
        str(limits.memory_bytes),
        str(limits.cpu_s),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=_environment(),
        start_new_session=True,  # out of reach of a Ctrl-C in the terminal
    )
    try:
        async with asyncio.timeout(limits.wall_s):
            _, answer = await asyncio.gather(_feed(process, message), _collect(process, limits.answer_bytes))
            status = await process.wait()
    except TimeoutError:
        raise Overstepped(f"it took longer than {limits.wall_s:.0f} s") from None
    finally:
        await _end(process)
    if status:
        raise Overstepped(_cause(status, limits))
    return answer


def answer_confined(answer: Callable[[bytes], bytes]) -> None:
    """Answer the message on standard input within the limits that `ask_confined` set; for a program's main."""
    memory_bytes, cpu_s = (int(argument) for argument in sys.argv[1:3])
    os.nice(_NICENESS)
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    content = answer(sys.stdin.buffer.read())
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


async def _feed(process: asyncio.subprocess.Process, message: bytes) -> None:
    if process.stdin is None:
        raise Overstepped("it has no standard input")
    with suppress(BrokenPipeError, ConnectionResetError):  # it died early: its status says more
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


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(_reap(process))


async def _reap(process: asyncio.subprocess.Process) -> None:
    if process.stdout is not None:
        while await process.stdout.read(_CHUNK_BYTES):  # asyncio calls no process ended before its pipes are
            pass
    await process.wait()


def _cause(status: int, limits: Limits) -> str:
    # The hard limit of processor time kills without a word.
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"it took more than {limits.cpu_s} s of processor time"
    return f"the process for it ended with {status}"
