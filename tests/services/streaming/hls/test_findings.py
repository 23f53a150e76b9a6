"""What copies of streaming find out for each other."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from support.valkey import Valkey
from tutti.kit.audio import Extent
from tutti.kit.stores import MemoryStores, RedisSettings, Stores, open_stores
from tutti.services.streaming.service.hls.findings import Findings

EXTENT = Extent(total_samples=441_000, sample_rate_hz=44_100, channels=2)


class Source:
    """Counts how often it is asked."""

    def __init__(self, content: bytes | None = b"#EXTM3U\n") -> None:
        self.content = content
        self.asked = 0

    async def read(self) -> bytes | None:
        self.asked += 1
        return self.content

    async def measure(self) -> Extent:
        self.asked += 1
        return EXTENT


def findings(stores: Stores) -> Findings:
    return Findings(stores, playlists_s=60, extents_s=60)


@pytest.fixture
async def copies(valkey: Valkey) -> AsyncIterator[tuple[Stores, Stores]]:
    stores = [open_stores(valkey.url, RedisSettings(timeout_ms=10_000)) for _ in range(2)]
    yield stores[0], stores[1]
    for each in stores:
        await each.close()


async def test_what_one_copy_found_the_other_has(copies: tuple[Stores, Stores]) -> None:
    playlist, file = Source(), Source()
    for stores in copies:
        assert await findings(stores).playlist("ladders/x/master.m3u8", playlist.read) == b"#EXTM3U\n"
        assert await findings(stores).extent("t-1", file.measure) == EXTENT
    assert (playlist.asked, file.asked) == (1, 1)
    assert await findings(copies[0]).extent("t-2", file.measure) == EXTENT
    assert file.asked == 2, "another state of the file is another thing"


async def test_what_is_not_there_or_long_is_asked_for_by_each(copies: tuple[Stores, Stores]) -> None:
    for content in (None, b"#" * 100_000):
        source = Source(content)
        for stores in copies:
            assert await findings(stores).playlist("p", source.read) == content
        assert source.asked == 2


async def test_what_cannot_be_read_is_found_out_anew(copies: tuple[Stores, Stores]) -> None:
    await copies[0].set("streaming:extent:t", msgspec.msgpack.encode({"samples": 1}), 60)
    source = Source()
    assert await findings(copies[0]).extent("t", source.measure) == EXTENT
    assert await findings(copies[1]).extent("t", source.measure) == EXTENT
    assert source.asked == 1


async def test_without_redis_each_finds_out_for_itself(valkey: Valkey, copies: tuple[Stores, Stores]) -> None:
    valkey.kill()
    source = Source()
    for stores in copies:
        assert await findings(stores).playlist("p", source.read) == source.content
        assert await findings(stores).extent("t", source.measure) == EXTENT
    assert source.asked == 4


async def test_one_process_alone_keeps_nothing_twice() -> None:
    stores = MemoryStores()
    assert await findings(stores).playlist("p", Source().read)
    assert len(stores) == 0
