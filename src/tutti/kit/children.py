"""Children that read what strangers send: how much each of them may take, and how it ends.

``sh`` sets the limits between fork and exec, where Python code must not run in a process with threads. A child is in a
session of its own, out of reach of a Ctrl-C in the terminal, and is ended together with whatever it started.
"""

import asyncio
import os
import resource
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Annotated

import msgspec
from msgspec import Meta

from tutti.kit.errors import Unavailable
from tutti.kit.tasks import wait_out

_NICENESS = 10
_RETRY_S = 5
_LOOKS_S = 0.01
# A limit that cannot be set, because a lower one is in force already or the system knows no such, is left as it is.
_WITHIN_LIMITS = (
    'ulimit -c 0; ulimit -f 0; ulimit -t "$1" 2>/dev/null; ulimit -v "$2" 2>/dev/null; shift 2; exec nice -n "$@"'
)
_UNMEASURED_S = 0.5
"""Of processor time: the kernel's clock for limits and the one it reports by differ by a tick or two."""
_FROM_OUTSIDE = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
"""What somebody else ends a process with; any other signal is of its own making."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one child may take."""

    memory_bytes: Annotated[int, Meta(ge=1)]
    """Of addresses, most of them never touched: an image decoder's libraries alone claim hundreds of megabytes."""
    cpu_s: Annotated[int, Meta(ge=1)]
    wall_s: Annotated[float, Meta(gt=0)]
    """The caller's to keep, who knows when it only waits."""
    output_bytes: Annotated[int, Meta(ge=0)]
    """Of what it writes, over all pipes; the caller's to keep."""


class OutOfTime(Exception):
    """It took all the processor time that it was given; the message says how much it is."""


class ReadingInterrupted(Unavailable):
    """Somebody else ended the process that reads a file: whoever stops the server, or the system for want of memory."""


class Child:
    """A running child."""

    def __init__(self, process: asyncio.subprocess.Process, limits: Limits, spent_before_s: float) -> None:
        self.process = process
        self._limits = limits
        self._spent_before_s = spent_before_s

    async def ended(self) -> int:
        """Wait until it has ended by itself, its pipes having been read, and return its status.

        Raises:
            OutOfTime, ReadingInterrupted: it did not end by itself.
        """
        status = await self.process.wait()
        # The hard limit of processor time kills without a word. What other children took meanwhile counts as well, so
        # a kill from outside may pass for the limit; the other way round cannot be.
        spent_s = _spent_by_children_s() - self._spent_before_s
        if status == -signal.SIGXCPU or (status == -signal.SIGKILL and spent_s >= self._limits.cpu_s - _UNMEASURED_S):
            raise OutOfTime(f"more than {self._limits.cpu_s} s of processor time")
        if -status in _FROM_OUTSIDE:
            raise ReadingInterrupted(
                "The program that reads the file was ended from outside; try again soon.",
                retry_after_s=_RETRY_S,
                signal=-status,
            )
        return status

    async def end(self) -> None:
        """Kill it, and whatever it started, and wait for that."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        try:
            await self.process.wait()
        finally:
            await bury(self.process)


async def bury(process: asyncio.subprocess.Process) -> None:
    """See to it that a killed process has ended, for whoever was cancelled while waiting, and may be again.

    A loop that stops cancels all tasks: one that left then would leave a process that nobody waits for. Its pipes need
    not be read for this, as they must for its ``wait``.
    """
    await wait_out(lambda: process.returncode is not None, lambda: asyncio.sleep(_LOOKS_S))


async def start(
    argv: Sequence[str],
    limits: Limits,
    *,
    env: Mapping[str, str],
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int | IO[bytes] = asyncio.subprocess.DEVNULL,
    stderr: int | IO[bytes] | None = None,
    pass_fds: Sequence[int] = (),
) -> Child:
    """Start a child within limits; its environment is ``env`` and no more, since ours holds secrets.

    Raises:
        OSError: there is no ``sh``. A program that is missing ends with 127.
    """
    spent_before_s = _spent_by_children_s()
    numbers = (str(limits.cpu_s), str(limits.memory_bytes // 1024), str(_NICENESS))
    process = await asyncio.create_subprocess_exec(
        *("/bin/sh", "-c", _WITHIN_LIMITS, "sh", *numbers, *argv),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        pass_fds=tuple(pass_fds),
        start_new_session=True,
        env=dict(env),
    )
    return Child(process, limits, spent_before_s)


def _spent_by_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
