"""Looking into files before their first segment."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from support.slow import stays
from tutti.kit.audio import AudioSettings, Extent
from tutti.kit.stores import MemoryStores
from tutti.services.catalog.api import Original
from tutti.services.streaming.api import TranscodesBusy
from tutti.services.streaming.service.hls import forms
from tutti.services.streaming.service.hls.forms import Forms, OnDemand
from tutti.services.streaming.service.settings import StreamingSettings

EXTENT = Extent(total_samples=441_000, sample_rate_hz=44_100, channels=2)


class Measuring:
    """Stands in for ffmpeg: it ends when it may."""

    def __init__(self) -> None:
        self.running = self.most = 0
        self.may_end = asyncio.Event()

    async def __call__(self, *_: object) -> Extent:
        self.running += 1
        self.most = max(self.most, self.running)
        await self.may_end.wait()
        self.running -= 1
        return EXTENT


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> Measuring:
    made = Measuring()
    monkeypatch.setattr(forms, "measure", made)
    return made


def open_forms(**settings: Any) -> Forms:
    nobody = cast(Any, None)  # originals of libraries have nothing in storage
    return Forms(StreamingSettings(**settings), AudioSettings(), nobody, nobody, MemoryStores())


def originals(folder: Path, count: int) -> list[Original]:
    made: list[Original] = []
    for number in range(count):
        path = folder / f"{number}.flac"
        path.write_bytes(b"fLaC")
        sound = {"duration_ms": 10_000, "bit_rate_kbps": 700, "sample_rate_hz": 44_100, "bit_depth": 16, "channels": 2}
        file = {"size_bytes": 4, "mtime_ns": 0, "mime": "audio/flac", "codec": "flac", "fingerprint": str(number)}
        made.append(Original(track_id=f"t{number}", path=str(path), **file, **sound))  # pyright: ignore[reportArgumentType]
    return made


async def test_no_more_are_looked_into_at_once_than_may_be(tmp_path: Path, measuring: Measuring) -> None:
    opened = open_forms(survey_runs=2, segment_wait_s=60)
    asking = [asyncio.create_task(opened.find(each)) for each in originals(tmp_path, 5)]
    async with asyncio.timeout(60):
        while measuring.running < 2:
            await asyncio.sleep(0.001)
        assert await stays(asking[0])
        measuring.may_end.set()
        found = await asyncio.gather(*asking)
    assert all(isinstance(form, OnDemand) for form in found)
    assert measuring.most == 2


async def test_who_finds_no_place_in_time_is_told_when_to_come(tmp_path: Path, measuring: Measuring) -> None:
    opened = open_forms(survey_runs=1, segment_wait_s=0)
    first, second = originals(tmp_path, 2)
    asking = asyncio.create_task(opened.find(first))
    while not measuring.running:
        await asyncio.sleep(0.001)
    with pytest.raises(TranscodesBusy):
        await opened.find(second)
    measuring.may_end.set()
    await asking
    assert isinstance(await opened.find(second), OnDemand), "what was busy is not remembered"
