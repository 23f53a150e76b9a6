"""One call of ffmpeg, for which a shell stands in."""

from typing import IO, cast

import pytest

from support.slow import Slow, cancel_while
from tutti.services.streaming.service.encoding import encode


class SlowFile:
    def __init__(self, slow: Slow) -> None:
        self.write = slow


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_who_is_cancelled_leaves_when_the_file_is_written(times: int) -> None:
    slow = Slow(1)

    async def encode_all() -> None:
        async for _ in encode(["sh", "-c", "printf x; exec sleep 600"], cast(IO[bytes], SlowFile(slow)), 0):
            pass

    assert (await cancel_while(slow, encode_all(), times)).cancelled()
    assert slow.ended
