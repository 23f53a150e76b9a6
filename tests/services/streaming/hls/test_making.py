"""Runs that make segments, with a real ffmpeg: shared, a little ahead, ended when nobody asks or somebody waits."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import psutil
import pytest

from services.streaming.station import record
from support.processes import name_of
from support.slow import Slow, cancel_while
from tutti.kit.audio import AudioSettings, Source, measure
from tutti.services.streaming.api import StreamChanged, TranscodeFailed, TranscodesBusy
from tutti.services.streaming.service.cache import RenditionCache
from tutti.services.streaming.service.hls import making
from tutti.services.streaming.service.hls.forms import FileState, OnDemand
from tutti.services.streaming.service.hls.making import Piece, SegmentMaker
from tutti.services.streaming.service.settings import StreamingSettings

NOISE = "anoisesrc=r=44100:a=0.3"
SETTINGS = StreamingSettings(segment_runs=2, segments_ahead=2, segment_wait_s=60)
_WAITS_S = 60


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("song") / "song.wav", 300, NOISE, "-ac", "2")


@pytest.fixture
async def form(song: Path) -> OnDemand:
    return await form_of(song, "v")


async def form_of(path: Path, version: str) -> OnDemand:
    source = Source(str(path), "pcm", "wav", 44_100, 2, 1411, True, 16)
    return OnDemand(source, await measure(source), FileState.of(str(path)), version)


@pytest.fixture
def cache(tmp_path: Path) -> RenditionCache:
    made = RenditionCache(tmp_path / "cache", 100_000_000)
    made.load()
    return made


@pytest.fixture
async def maker(cache: RenditionCache) -> AsyncIterator[SegmentMaker]:
    made = SegmentMaker(SETTINGS, AudioSettings(), cache)
    yield made
    await made.stop()
    assert ffmpegs() == []


def ffmpegs() -> list[psutil.Process]:
    return [child for child in psutil.Process().children(recursive=True) if "ffmpeg" in name_of(child)]


def piece(form: OnDemand, number: int, rendition: str = "aac64") -> Piece:
    return Piece(form, form.rungs[rendition], number)


def made(cache: RenditionCache) -> set[int]:
    """Numbers of the segments in the cache."""
    folder = cache.path("x").parent
    return {int(path.name.rpartition("-")[2]) for path in folder.iterdir() if path.suffix != ".part"}


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(_WAITS_S):
        while not holds():
            await asyncio.sleep(0.02)


async def test_many_who_wait_share_one_run(maker: SegmentMaker, form: OnDemand) -> None:
    asking = [asyncio.create_task(maker.make(piece(form, number))) for number in (10, 11, 12) * 20]
    await asyncio.sleep(0)
    assert maker.running == 1
    asking[0].cancel()
    await asyncio.gather(*asking[1:])


async def test_a_run_goes_ahead_as_far_as_it_may_and_on_when_somebody_follows(
    maker: SegmentMaker, form: OnDemand, cache: RenditionCache
) -> None:
    await maker.make(piece(form, 10))
    await eventually(lambda: made(cache) == {10, 11, 12})
    assert maker.running == 1
    maker.note(piece(form, 9))
    maker.note(piece(form, 12))
    await eventually(lambda: made(cache) == {10, 11, 12, 13, 14})
    assert maker.running == 1, "the same one"


async def test_who_only_goes_ahead_gives_way(maker: SegmentMaker, form: OnDemand) -> None:
    for number in (0, 20, 40):
        await maker.make(piece(form, number))
        assert maker.running <= SETTINGS.segment_runs
    await eventually(lambda: len(ffmpegs()) <= SETTINGS.segment_runs)


async def test_all_who_wait_are_served_in_the_end(maker: SegmentMaker, form: OnDemand, cache: RenditionCache) -> None:
    numbers = [0, 8, 16, 24, 32, 40]
    await asyncio.gather(*(maker.make(piece(form, number)) for number in numbers))
    assert made(cache) >= set(numbers)


async def test_who_would_wait_too_long_is_told_when_to_come(cache: RenditionCache, form: OnDemand) -> None:
    settings = msgspec.structs.replace(SETTINGS, segment_runs=1, segment_wait_s=0, retry_after_s=7)
    maker = SegmentMaker(settings, AudioSettings(), cache)
    first = asyncio.create_task(maker.make(piece(form, 0)))
    await asyncio.sleep(0)
    with pytest.raises(TranscodesBusy) as refused:
        await maker.make(piece(form, 30))
    assert refused.value.headers == {"Retry-After": "7"}
    await first
    await maker.stop()


async def test_a_run_ends_where_another_went_before(maker: SegmentMaker, form: OnDemand, cache: RenditionCache) -> None:
    await maker.make(piece(form, 12))
    await eventually(lambda: made(cache) == {12, 13, 14})
    await maker.make(piece(form, 11))
    await eventually(lambda: maker.running == 1)
    assert made(cache) == {11, 12, 13, 14}


async def test_a_run_that_came_to_the_end_holds_no_place(maker: SegmentMaker, form: OnDemand) -> None:
    await maker.make(piece(form, form.grid("aac64").segments - 2))
    await eventually(lambda: maker.running == 0)


async def test_who_waits_for_a_deleted_track_is_told(maker: SegmentMaker, form: OnDemand) -> None:
    waiting = asyncio.create_task(maker.make(piece(form, 5)))
    await asyncio.sleep(0)
    await maker.stop("another")
    assert maker.running == 1
    await maker.stop(form.version)
    with pytest.raises(TranscodeFailed):
        await waiting


async def test_nothing_is_kept_of_a_file_that_changed(
    maker: SegmentMaker, cache: RenditionCache, tmp_path: Path
) -> None:
    path = record(tmp_path / "changing.wav", 30, NOISE)
    form = await form_of(path, "changing")
    record(path, 31, NOISE, "-y")
    with pytest.raises(StreamChanged):
        await maker.make(piece(form, 2))
    with pytest.raises(StreamChanged):
        await maker.make(piece(form, form.grid("aac64").segments - 1))
    assert made(cache) == set()


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_what_is_being_written_is_not_deleted(
    maker: SegmentMaker, form: OnDemand, cache: RenditionCache, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    slow = Slow()
    dropped_early: list[bool] = []
    monkeypatch.setattr(making, "_write", slow)
    monkeypatch.setattr(cache, "drop", lambda _: dropped_early.append(not slow.ended))
    task = await cancel_while(slow, maker._keep(piece(form, 0), b"segment"), times)
    assert task.cancelled()
    assert dropped_early == [False]
