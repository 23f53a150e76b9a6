"""ffmpeg as a child with limits (`tutti.kit.children`), which never outlives its caller.

What it makes comes through pipes: when the caller dies, of kill -9 even, they close and ffmpeg ends.
"""

import asyncio
import os
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec

from tutti.kit import children
from tutti.kit.audio.errors import AudioRefused, FfmpegDied, LimitExceeded
from tutti.kit.children import Limits, OutOfTime, ReadingInterrupted
from tutti.kit.tasks import end_tasks

__all__ = ["CHUNK_BYTES", "Child", "Completed", "Limits", "run_limited", "running"]

CHUNK_BYTES = 256 * 1024
_ERROR_BYTES = 16 * 1024
_PLACE = re.compile(r"^(\[[^\]]*\] *)+")
_TOLD_TO_END = 255
"""ffmpeg's status when a signal ends it that it can hear: SIGTERM, from whoever stops the server too."""
_ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
"""No more than it takes: secrets of the server are in the environment."""


class Completed(msgspec.Struct, frozen=True):
    """What a child wrote until it ended well."""

    stdout: bytes
    stderr: str
    """What it complained of, the last 16 KiB."""


class Child:
    """A running child; `outputs` are the reading ends of its pipes."""

    def __init__(self, child: children.Child, outputs: list[asyncio.StreamReader]) -> None:
        self.outputs = outputs
        self._child = child
        assert child.process.stderr is not None
        self._complaints = asyncio.create_task(_last_bytes(child.process.stderr))

    async def wait(self) -> str:
        """Wait until it has ended by itself, its outputs having been read, and return what it complained of.

        Raises:
            AudioRefused: it failed, which lies in what it read; the message is its first complaint.
            LimitExceeded: it took more processor time than allowed.
            FfmpegDied: somebody else ended it.
        """
        try:
            status = await self._child.ended()
        except OutOfTime as error:
            raise LimitExceeded(f"Reading it takes {error}, which is the limit.") from error
        except ReadingInterrupted as error:
            raise FfmpegDied(str(error)) from error
        said = await self._complaints
        if status < 0:
            raise AudioRefused(f"ffmpeg ended with signal {-status}. {said}".strip())
        if status == _TOLD_TO_END:
            raise FfmpegDied("ffmpeg was told to end.")
        if status:
            raise AudioRefused(_first_line(said) or f"ffmpeg ended with {status}.")
        return said

    async def end(self) -> None:
        """Kill it, and whatever it started, and wait for that."""
        try:
            await self._child.end()
        finally:
            await end_tasks(self._complaints)


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
            started = await children.start(
                argv,
                limits,
                env=_ENVIRONMENT,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=[writing for _, writing in pipes],
            )
        finally:
            for _, writing in pipes:
                os.close(writing)
        child = Child(started, [])
        for reading, _ in pipes:
            child.outputs.append(await _open(reading, transports))
        yield child
    finally:
        try:
            if child is not None:
                await child.end()
        finally:
            for transport in transports:
                transport.close()
            for reading, _ in pipes[len(transports) :]:
                os.close(reading)


async def run_limited(argv: Sequence[str], limits: Limits) -> Completed:
    """Run a child to its end and return what it wrote to standard output (named ``-`` or ``pipe:1`` in ``argv``).

    Raises:
        AudioRefused: it failed; the message is the first that it complained of.
        LimitExceeded: it took longer, or more processor time, or wrote more, than allowed.
        FfmpegDied: somebody else ended it.
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
