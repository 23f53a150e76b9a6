"""One call of ffmpeg, from its start to its end."""

import asyncio
from collections.abc import AsyncGenerator
from typing import IO

from tutti.kit.children import bury
from tutti.kit.tasks import to_its_end

PIPE_BYTES = 64 * 1024
_ERROR_LIMIT_BYTES = 4096


class SourceRefused(Exception):
    """ffmpeg has given up on its source, or found nothing in it; the message is what it said."""


async def encode(call: list[str], file: IO[bytes], head_bytes: int) -> AsyncGenerator[int, None]:
    """Run ffmpeg, write what it makes into the unbuffered ``file``, and yield how many bytes are there.

    The first ``head_bytes`` hold no sound. However this ends, ffmpeg has ended too.

    Raises:
        SourceRefused: ffmpeg says no.
        ChildProcessError: ffmpeg was killed.
        OSError: it cannot be started, or the file cannot be written.
    """
    process = await asyncio.create_subprocess_exec(
        *call,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=PIPE_BYTES,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    complaints = asyncio.create_task(_last_bytes(process.stderr))
    try:
        written = 0
        while chunk := await process.stdout.read(PIPE_BYTES):
            await to_its_end(_write, file, chunk)  # the file must not be closed under the thread's hands
            written += len(chunk)
            if written > head_bytes:
                yield written
        code = await process.wait()
        said = await complaints
    finally:
        complaints.cancel()
        await _put_down(process)
    if code < 0:
        raise ChildProcessError(f"ffmpeg was killed by signal {-code}")
    if code > 0 or written <= head_bytes:
        raise SourceRefused(said or f"ffmpeg ended with {code} after {written} bytes")


def _write(file: IO[bytes], chunk: bytes) -> None:
    """Write all of it: a disk that is nearly full takes a part, and says so only in how much it took."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]


async def _put_down(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()  # nobody wants what it would still write
    try:
        while process.stdout is not None and await process.stdout.read(PIPE_BYTES):
            pass  # a pipe left full would keep `wait` from returning
        await process.wait()
    finally:
        await bury(process)


async def _last_bytes(stream: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await stream.read(1024):
        kept = (kept + chunk)[-_ERROR_LIMIT_BYTES:]
    return kept.decode("utf-8", "replace").strip()
