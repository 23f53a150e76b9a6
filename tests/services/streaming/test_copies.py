"""What a process of streaming keeps is named by what it was made of: a copy that was down serves nothing stale."""

from pathlib import Path

import pytest

from tutti.kit.ids import new_id
from tutti.kit.storage import Storage
from tutti.kit.storage.objects import open_local_storage
from tutti.services.catalog.api import Original
from tutti.services.streaming.service.cache import RenditionCache
from tutti.services.streaming.service.copies import Copies
from tutti.services.streaming.service.renditions import Rendition

TRACK_ID = new_id()


def original(storage_key: str) -> Original:
    """An upload as the catalogue describes it; only where its bytes lie matters here."""
    return Original(
        track_id=TRACK_ID,
        path="",
        size_bytes=0,
        mtime_ns=0,
        mime="audio/flac",
        codec="flac",
        duration_ms=0,
        bit_rate_kbps=0,
        sample_rate_hz=0,
        bit_depth=None,
        channels=0,
        fingerprint=storage_key,
        storage_key=storage_key,
    )


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_local_storage(tmp_path / "objects")


def opened(folder: Path) -> RenditionCache:
    cache = RenditionCache(folder, 1_000_000)
    cache.load()
    return cache


async def heard(copies: Copies, one: Original) -> bytes:
    async with copies.held(one) as path:
        return Path(path).read_bytes()


async def test_a_copy_that_was_down_reads_what_the_track_has_now(tmp_path: Path, storage: Storage) -> None:
    await storage.put("originals/aa/old.flac", b"the old bytes")
    before, after = original("originals/aa/old.flac"), original("originals/bb/new.flac")
    assert await heard(Copies(storage, opened(tmp_path / "cache")), before) == b"the old bytes"
    await storage.delete("originals/aa/old.flac")
    await storage.put("originals/bb/new.flac", b"the new bytes")
    restarted = Copies(storage, opened(tmp_path / "cache"))  # it heard of none of that
    assert await heard(restarted, after) == b"the new bytes"
    assert await heard(restarted, after) == b"the new bytes"


def test_a_rendition_is_named_by_the_content_it_was_made_of() -> None:
    rendition = Rendition("mp3", 128, 0)
    names = {rendition.key(fingerprint, etag) for fingerprint in "ab" for etag in "ab"}
    assert len(names) == 4
