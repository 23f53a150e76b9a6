"""One request's writing: what it holds while its thread is at work."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.slow import Slow, cancelled, stays
from tutti.kit.storage.receiving import Taking


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_who_is_cancelled_leaves_when_the_thread_has_ended(times: int) -> None:
    slow = Slow()
    with ThreadPoolExecutor(1) as threads:
        taking = Taking("place", 0, 1, threads)
        async with cancelled(slow, taking.step(slow), times) as leaving:
            superseding = asyncio.create_task(taking.supersede())
            assert await stays(superseding), "or another would write at the same time"
        await superseding
        assert slow.ended
        assert leaving.cancelled()
