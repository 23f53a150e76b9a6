"""ffmpeg as a child with limits: it may write no file, uses so much memory and time, and never outlives its caller.

The limits are set by ``sh`` between fork and exec, where Python code must not run in a process with threads. What
ffmpeg makes comes through pipes: when the caller dies, of kill -9 even, they close and ffmpeg ends.
"""

import asyncio
import os
import re
import signal
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec

from tutti.kit.audio.errors import AudioRefused, FfmpegDied, LimitExceeded

CHUNK_BYTES = 256 * 1024
_ERROR_BYTES = 16 * 1024
_NICENESS = 10
_PLACE = re.compile(r"^(\[[^\]]*\] *)+")
# A limit that cannot be set, because a lower one is in force already or the system knows no such, is left as it is.
_WITHIN_LIMITS = (
    'ulimit -c 0; ulimit -f 0; ulimit -t "$1" 2>/dev/null; ulimit -v "$2" 2>/dev/null; shift 2; exec nice -n "$@"'
)
_ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
"""No more than it takes: secrets of the server are in the environment."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one child may take."""

    memory_bytes: int
    """Address space, which is more than it ever touches."""
    cpu_s: int
    wall_s: float
    output_bytes: int
    """Of what it writes, over all pipes."""


class Completed(msgspec.Struct, frozen=True):
    """What a child wrote until it ended well."""

    stdout: bytes
    stderr: str
    """What it complained of, the last 16 KiB."""


class Child:
    """A running child; `outputs` are the reading ends of its pipes."""

    def __init__(self, process: asyncio.subprocess.Process, outputs: list[asyncio.StreamReader]) -> None:
        self.outputs = outputs
        self._process = process
        assert process.stderr is not None
        self._complaints = asyncio.create_task(_last_bytes(process.stderr))

    async def wait(self) -> str:
        """Wait until it has ended by itself, its outputs having been read, and return what it complained of.

        Raises:
            AudioRefused: it failed, which lies in what it read; the message is its first complaint.
            FfmpegDied: a signal killed it.
        """
        code = await self._process.wait()
        said = await self._complaints
        if code < 0:
            raise FfmpegDied(f"ffmpeg was killed by signal {-code}. {said}".strip())
        if code:
            raise AudioRefused(_first_line(said) or f"ffmpeg ended with {code}.")
        return said

    async def end(self) -> None:
        """Kill it, and whatever it started, and wait for that."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self._complaints.cancel()
        await asyncio.gather(self._complaints, return_exceptions=True)


@asynccontextmanager
async def running(
    arguments: Callable[[Sequence[str]], Sequence[str]], limits: Limits, *, outputs: int
) -> AsyncGenerator[Child, None]:
    """Run a child that writes into ``outputs`` pipes; ``arguments`` gets their names for ffmpeg (``pipe:7``).

    However this block ends, the child has ended then. The wall limit is the caller's to keep, who knows when it waits.

    Raises:
        OSError: it cannot be started.
    """
    pipes = [os.pipe() for _ in range(outputs)]
    transports: list[asyncio.ReadTransport] = []
    child: Child | None = None
    try:
        try:
            argv = arguments([f"pipe:{writing}" for _, writing in pipes])
            process = await asyncio.create_subprocess_exec(
                *_limited(argv, limits),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=[writing for _, writing in pipes],
                start_new_session=True,
                env=_ENVIRONMENT,
            )
        finally:
            for _, writing in pipes:
                os.close(writing)
        child = Child(process, [])
        for reading, _ in pipes:
            child.outputs.append(await _open(reading, transports))
        yield child
    finally:
        if child is not None:
            await asyncio.shield(child.end())
        for transport in transports:
            transport.close()
        for reading, _ in pipes[len(transports) :]:
            os.close(reading)


async def run_limited(argv: Sequence[str], limits: Limits) -> Completed:
    """Run a child to its end and return what it wrote to standard output (named ``-`` or ``pipe:1`` in ``argv``).

    Raises:
        AudioRefused: it failed; the message is the first that it complained of.
        LimitExceeded: it took longer, or wrote more, than allowed.
        FfmpegDied: a signal killed it, for its memory or processor time perhaps.
        OSError: it cannot be started.
    """

    def redirected(names: Sequence[str]) -> list[str]:
        return [names[0] if part in ("-", "pipe:1") else part for part in argv]

    try:
        async with asyncio.timeout(limits.wall_s), running(redirected, limits, outputs=1) as child:
            written = await _read_all(child.outputs[0], limits.output_bytes)
            said = await child.wait()
    except TimeoutError as error:
        raise LimitExceeded(f"Reading it takes longer than {limits.wall_s:.0f} s, which is the limit.") from error
    return Completed(written, said)


def _limited(argv: Sequence[str], limits: Limits) -> list[str]:
    numbers = (str(limits.cpu_s), str(limits.memory_bytes // 1024), str(_NICENESS))
    return ["/bin/sh", "-c", _WITHIN_LIMITS, "sh", *numbers, *argv]


async def _open(descriptor: int, transports: list[asyncio.ReadTransport]) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=CHUNK_BYTES)
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    transports.append(transport)
    return reader


async def _read_all(reader: asyncio.StreamReader, limit_bytes: int) -> bytes:
    read = bytearray()
    while chunk := await reader.read(CHUNK_BYTES):
        read += chunk
        if len(read) > limit_bytes:
            raise LimitExceeded(f"Reading it gives more than {limit_bytes} bytes, which is the limit.")
    return bytes(read)


async def _last_bytes(stream: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await stream.read(4096):
        kept = (kept + chunk)[-_ERROR_BYTES:]
    return kept.decode("utf-8", "replace").strip()


def _first_line(said: str) -> str:
    """Return the first complaint, which names the cause; without the place in ffmpeg that it came from."""
    return _PLACE.sub("", said.partition("\n")[0]).strip()
