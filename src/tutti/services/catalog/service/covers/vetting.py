"""An image from a stranger is decoded in a process of its own, within limits, and leaves it as a new, plain image."""

import asyncio
import resource
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from tutti.services.catalog.service.reading.cover_images import (
    CoverInfo,
    UnreadableCover,
    describe_image,
    resize_cover,
)

MAX_SIDE_PX = 2048
"""Uploads are kept no larger: twice the largest size that is served."""
_QUALITY = 92
_MEMORY_BYTES = 2 * 1024**3  # of addresses, most never touched: a decoder's libraries alone claim hundreds of MB
_CPU_S = 20


async def vet_image(content: bytes) -> tuple[bytes, CoverInfo]:
    """Return the image as WebP without metadata, and what it looks like.

    Raises:
        UnreadableCover: it is no image that can be shown, or decoding it takes more than an image should.
    """
    context = get_context("spawn")  # a fork would copy the threads' locks
    pool = ProcessPoolExecutor(1, context, initializer=_limit, max_tasks_per_child=1)
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, _vet, content)
    except BrokenProcessPool as error:
        raise UnreadableCover("decoding it takes more than an image should") from error
    except _Refused as refused:
        raise UnreadableCover(str(refused)) from refused
    finally:
        pool.shutdown(wait=False)


class _Refused(Exception):
    """Crosses the border between the processes, which an `UnreadableCover` with its attribute cannot."""


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))


def _vet(content: bytes) -> tuple[bytes, CoverInfo]:
    try:
        plain = resize_cover(content, MAX_SIDE_PX, "webp", _QUALITY)
        return plain, describe_image(plain)
    except UnreadableCover as error:
        raise _Refused(error.reason) from None
    except MemoryError:
        raise _Refused("decoding it takes more memory than an image should") from None
