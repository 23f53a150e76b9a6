"""Transcodes with a real ffmpeg: shared, bounded, ended when nobody listens."""

import asyncio
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import ExitStack, aclosing, asynccontextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

from support.processes import name_of
from tutti.kit.audio.ffmpeg import find_ffmpeg
from tutti.services.streaming.api import SourceUnplayable, TranscodesBusy
from tutti.services.streaming.service.cache import RenditionCache
from tutti.services.streaming.service.renditions import MIME, Format, Rendition
from tutti.services.streaming.service.runs import Transcoder

OPUS = Rendition("opus", 96, 0)
RATE = 8000


def record(path: Path, seconds: float, source: str = "sine=440:r=44100") -> str:
    command = [find_ffmpeg(), "-v", "error", "-nostdin", "-f", "lavfi", "-i", source, "-t", str(seconds), str(path)]
    subprocess.run(command, check=True)
    return str(path)


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> str:
    return record(tmp_path_factory.mktemp("song") / "song.flac", 20)


@pytest.fixture(scope="module")
def long_song(tmp_path_factory: pytest.TempPathFactory) -> str:
    return record(tmp_path_factory.mktemp("song") / "long.flac", 1800, "anoisesrc=r=44100:a=0.3")


@pytest.fixture
def cache(tmp_path: Path) -> RenditionCache:
    made = RenditionCache(tmp_path / "cache", 10_000_000)
    made.load()
    return made


@pytest.fixture
async def transcoder(cache: RenditionCache) -> AsyncIterator[Transcoder]:
    made = Transcoder(cache, find_ffmpeg, limit=2, retry_after_s=5)
    yield made
    await made.stop()
    assert ffmpegs() == []


def ffmpegs() -> list[psutil.Process]:
    return [child for child in psutil.Process().children(recursive=True) if "ffmpeg" in name_of(child)]


@asynccontextmanager
async def listening(
    transcoder: Transcoder, source: str, rendition: Rendition = OPUS, key: str = "k"
) -> AsyncGenerator[AsyncGenerator[bytes, None], None]:
    with transcoder.joined(key, source, rendition) as run:
        async with aclosing(transcoder.follow(run)) as chunks:
            yield chunks


async def read(transcoder: Transcoder, source: str, rendition: Rendition = OPUS) -> bytes:
    async with listening(transcoder, source, rendition) as chunks:
        return b"".join([chunk async for chunk in chunks])


def nothing_is_kept(cache: RenditionCache) -> bool:
    """True a moment after the end of the ffmpeg whose part is dropped."""
    return list(cache.path("k").parent.iterdir()) == []


async def settle(condition: object) -> None:
    assert callable(condition)
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


def heard(content: bytes, path: Path) -> np.ndarray:
    path.write_bytes(content)
    command = [find_ffmpeg(), "-v", "error", "-i", str(path), "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.int16)


@pytest.mark.parametrize("form", list(MIME))
async def test_every_format_plays_whole(transcoder: Transcoder, song: str, form: Format, tmp_path: Path) -> None:
    content = await read(transcoder, song, Rendition(form, 96, 0))
    assert len(heard(content, tmp_path / "out")) / RATE == pytest.approx(20, abs=0.1)


async def test_many_readers_share_one_ffmpeg_and_hear_the_same(cache: RenditionCache, song: str) -> None:
    started: list[str] = []  # counted as they start: one may be over before anybody looks

    def find() -> str:
        started.append(find_ffmpeg())
        return started[-1]

    transcoder = Transcoder(cache, find, limit=2, retry_after_s=5)
    contents = await asyncio.gather(*(read(transcoder, song) for _ in range(8)))
    assert len(started) == 1
    assert len(set(contents)) == 1
    await transcoder.stop()


async def test_a_finished_rendition_is_kept_as_it_was_sent(
    transcoder: Transcoder, cache: RenditionCache, song: str
) -> None:
    content = await read(transcoder, song)
    kept = cache.find("k")
    assert kept is not None
    assert kept.read_bytes() == content


async def test_the_first_bytes_come_before_the_end(transcoder: Transcoder, long_song: str) -> None:
    async with listening(transcoder, long_song) as chunks:
        assert await anext(chunks)
        assert transcoder.running == 1


async def test_nobody_listens_nobody_encodes(transcoder: Transcoder, cache: RenditionCache, long_song: str) -> None:
    async with listening(transcoder, long_song) as chunks:
        await anext(chunks)
        assert len(ffmpegs()) == 1
    await settle(lambda: ffmpegs() == [] and transcoder.running == 0 and nothing_is_kept(cache))
    assert cache.find("k") is None


async def test_one_of_two_leaves_and_the_other_goes_on(transcoder: Transcoder, long_song: str) -> None:
    async with listening(transcoder, long_song) as first:
        async with listening(transcoder, long_song) as second:
            await anext(second)
        for _ in range(5):
            assert await anext(first)


async def test_who_comes_after_the_last_has_left_starts_anew(transcoder: Transcoder, long_song: str) -> None:
    for _ in range(5):
        async with listening(transcoder, long_song) as chunks:
            assert (await anext(chunks)).startswith(b"OggS")


async def test_more_than_allowed_are_told_to_wait(transcoder: Transcoder, long_song: str) -> None:
    with ExitStack() as joined:
        for n in range(2):
            joined.enter_context(transcoder.joined(f"k{n}", long_song, OPUS))
        with pytest.raises(TranscodesBusy) as busy, transcoder.joined("k2", long_song, OPUS):
            pass
        assert busy.value.headers == {"Retry-After": "5"}
        with transcoder.joined("k1", long_song, OPUS):
            assert transcoder.running == 2
    await settle(lambda: transcoder.running == 0)


async def test_who_leaves_at_once_leaves_nothing(transcoder: Transcoder, cache: RenditionCache, long_song: str) -> None:
    for pause_s in (None, 0, 0.001, 0.003, 0.01):
        with transcoder.joined("k", long_song, OPUS):
            if pause_s is not None:
                await asyncio.sleep(pause_s)
    await settle(lambda: ffmpegs() == [] and nothing_is_kept(cache))
    assert cache.size_bytes == 0


async def test_the_same_request_gives_the_same_bytes_each_time(transcoder: Transcoder, song: str) -> None:
    """A rendition may be evicted and made again, under one strong ETag."""
    for form in MIME:
        rendition = Rendition(form, 96, 1000)
        first = await read(transcoder, song, rendition)
        assert await read(transcoder, song, rendition) == first, form


@pytest.mark.parametrize("content", [b"", b"no audio at all" * 1000, b"#EXTM3U\nfile:///etc/passwd\n"])
async def test_what_is_no_audio_fails_and_is_not_kept(
    transcoder: Transcoder, cache: RenditionCache, content: bytes, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.mp3"
    bad.write_bytes(content)
    with pytest.raises(SourceUnplayable):
        await read(transcoder, str(bad))
    assert cache.find("k") is None
    assert list(cache.path("k").parent.iterdir()) == []


@pytest.mark.parametrize("offset_ms", [0, 1500, 7310, 14_990])
async def test_an_offset_is_heard_to_within_50_ms(transcoder: Transcoder, tmp_path: Path, offset_ms: int) -> None:
    rising = (
        "aevalsrc='0.5*sin(2*PI*(200*t+10*t*t))':s=44100"  # its pitch tells the time: 200 Hz + 20 Hz for each second
    )
    source = record(tmp_path / "rising.flac", 20, rising)
    content = await read(transcoder, source, Rendition("opus", 128, offset_ms))
    samples = heard(content, tmp_path / "out").astype(np.float64)
    expected_s = 20 - offset_ms / 1000
    assert len(samples) / RATE == pytest.approx(expected_s, abs=0.05)
    window = samples[RATE : RATE * 3] * np.hanning(RATE * 2)
    pitch_hz = np.argmax(np.abs(np.fft.rfft(window, RATE * 20))) / 20
    heard_s = (pitch_hz - 200) / 20
    assert heard_s == pytest.approx(offset_ms / 1000 + 2, abs=0.05)
