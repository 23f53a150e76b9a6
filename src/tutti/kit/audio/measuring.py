"""How much sound a file holds, and how its middle is reached to the sample.

Five ways: by ``time``, where time stamps count samples; by ``frames`` of our own index (`mpeg`); by time stamps that
are ``near`` enough to tell frames apart (`frame_times`); by the ``links`` of chained Ogg, each of which counts time
anew; from the ``start``, where none of these is exact. What a survey found is remembered for as long as the file is as
it was.
"""

import asyncio
import os
from collections import OrderedDict
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal

import msgspec

from tutti.kit.audio.child import Limits, run_limited
from tutti.kit.audio.errors import AudioRefused, LimitExceeded
from tutti.kit.audio.ffmpeg import find_ffmpeg
from tutti.kit.audio.flac import read_streaminfo
from tutti.kit.audio.frame_times import FrameTimes, find_frame_times
from tutti.kit.audio.mpeg import FrameIndex, doubled, index_frames
from tutti.kit.audio.ogg import find_links
from tutti.kit.audio.rungs import Extent, FlacStream, can_copy_flac
from tutti.kit.audio.settings import AudioSettings
from tutti.kit.audio.source import QUIET, Source, reading

_TAIL_S = 1.0
_OUTPUT_BYTES = 16 * 1024 * 1024
_SAMPLE_BYTES = 2
_REMEMBERED = 512
_MOST_LINKS = 16
"""Of a chain: ffmpeg opens all of them at once, with threads for each whose stacks are of its address space."""
_FIRST = ("-map", "0:a:0", "-filter:a:0", "atrim=end_sample=256", "-c:a:0", "pcm_s16le")
_ONE_FLAC_FRAME = ("-map", "0:a:0", "-frames:a:0", "1", "-c", "copy", "-f", "flac", "-")


class Link(msgspec.Struct, frozen=True):
    """One of several streams behind each other."""

    source: Source
    first_sample: int
    """Of all of them."""
    samples: int


class Survey(msgspec.Struct, frozen=True):
    """How much there is, and how to get at any part of it."""

    extent: Extent
    way: Literal["time", "frames", "near", "links", "start"]
    index: FrameIndex | None = None
    times: FrameTimes | None = None
    links: tuple[Link, ...] = ()


class _Stream(msgspec.Struct):
    """One stream of a listing by ffmpeg's ``framecrc``."""

    base: str = ""
    rate_hz: int = 0
    first: int | None = None
    end: int = 0
    samples: int = 0
    size_bytes: int = 0


_surveys: OrderedDict[tuple[str, int, int], Survey] = OrderedDict()


async def measure(source: Source, settings: AudioSettings | None = None) -> Extent:
    """Return how much sound the source holds, exactly; quick, but for containers that count time in other units.

    Raises:
        AudioRefused: there is no sound in it that can be read, or more than the limit.
        FfmpegDied: ffmpeg was killed.
        OSError: there is no such file, or no ffmpeg.
    """
    return (await survey(source, settings)).extent


async def survey(source: Source, settings: AudioSettings | None = None) -> Survey:
    """Do as `measure` and say how to reach any part of it."""
    settings = settings or AudioSettings()
    status = await asyncio.to_thread(os.stat, source.path)
    key = source.path, status.st_size, status.st_mtime_ns
    if (known := _surveys.get(key)) is not None:
        _surveys.move_to_end(key)
        return known
    made = await _survey(source, status.st_size, settings)
    if not made.extent.total_samples:
        raise AudioRefused("There is no sound in it.")
    if made.extent.duration_s > settings.max_duration_s:
        raise LimitExceeded(f"It is longer than {settings.max_duration_s} s, which is the limit.")
    _surveys[key] = made
    while len(_surveys) > _REMEMBERED:
        _surveys.popitem(last=False)
    return made


async def _survey(source: Source, size_bytes: int, settings: AudioSettings) -> Survey:
    if source.container in ("mp3", "adts"):
        return await _survey_frames(source, settings)
    if source.container == "asf":
        return await _survey_near(source, settings)
    spans = await asyncio.to_thread(find_links, source.path, _MOST_LINKS) if source.container == "ogg" else []
    if len(spans) > 1:
        return await _survey_links(source, spans, settings)
    [(first, total_samples)] = await _survey_ends([source], settings)
    if not total_samples:
        return await _count(source, settings)
    flac = await _flac_stream(source, size_bytes, settings) if source.codec == "flac" else None
    return Survey(_extent(first, total_samples, flac), "time")


async def _survey_ends(sources: Sequence[Source], settings: AudioSettings) -> list[tuple[_Stream, int]]:
    """Return the first samples of each, and how many it has; 0 where its time stamps do not count them."""
    inputs: list[str] = []
    outputs: list[str] = []
    for number, source in enumerate(sources):
        head, tail = 2 * number, 2 * number + 1
        inputs += [*reading(source), *reading(source, last_s=_TAIL_S)]
        outputs += ["-map", f"{head}:a:0", f"-filter:a:{head}", "atrim=end_sample=256", f"-c:a:{head}", "pcm_s16le"]
        outputs += ["-map", f"{tail}:a:0", f"-c:a:{tail}", "copy"]
    listing = await _list(settings, *QUIET, *inputs, *outputs)
    streams = [listing.get(number, _Stream()) for number in range(2 * len(sources))]
    return [
        (first, tail.end if tail.base == first.base == f"1/{first.rate_hz}" and first.first == 0 else 0)
        for first, tail in zip(streams[::2], streams[1::2], strict=True)
    ]


async def _survey_links(source: Source, spans: Sequence[tuple[int, int]], settings: AudioSettings) -> Survey:
    if len(spans) > _MOST_LINKS:
        return await _count(source, settings)
    sources = [msgspec.structs.replace(source, span=span) for span in spans]
    try:
        ends = await _survey_ends(sources, settings)
    except AudioRefused:  # one link is damaged, or so many take more than ffmpeg may have
        return await _count(source, settings)
    extents = [_extent(first, samples, None) for first, samples in ends if samples > 0 and first.samples]
    kinds = {(extent.sample_rate_hz, extent.channels) for extent in extents}
    if len(extents) < len(spans) or len(kinds) > 1:
        return await _count(source, settings)
    counts = [extent.total_samples for extent in extents]
    begins = [0, *accumulate(counts)]
    links = tuple(map(Link, sources, begins, counts))
    return Survey(msgspec.structs.replace(extents[0], total_samples=begins[-1]), "links", links=links)


async def _survey_frames(source: Source, settings: AudioSettings) -> Survey:
    listed, index = await asyncio.gather(
        _list(settings, *QUIET, *reading(source), *_FIRST),
        asyncio.to_thread(index_frames, source.path, source.container),
    )
    first = listed.get(0, _Stream())
    if index is not None and source.container == "adts" and first.rate_hz == 2 * index.sample_rate_hz:
        index = doubled(index)
    if index is None or index.sample_rate_hz != first.rate_hz:
        return await _count(source, settings)
    return Survey(_extent(first, index.total_samples, None), "frames", index)


async def _survey_near(source: Source, settings: AudioSettings) -> Survey:
    first = (await _list(settings, *QUIET, *reading(source), *_FIRST)).get(0, _Stream())
    found = await find_frame_times(source, _limits(settings), first.rate_hz) if first.rate_hz else None
    if found is None:
        return await _count(source, settings)
    times, total_samples = found
    return Survey(_extent(first, total_samples, None), "near", times=times)


async def _count(source: Source, settings: AudioSettings) -> Survey:
    """Decode all of it, and count."""
    listed = await _list(settings, *QUIET, *reading(source), "-map", "0:a:0", "-c:a", "pcm_s16le")
    stream = listed.get(0, _Stream())
    if not stream.rate_hz or not stream.samples:
        raise AudioRefused("There is no sound in it.")
    return Survey(_extent(stream, stream.samples, None), "start")


def _extent(first: _Stream, total_samples: int, flac: FlacStream | None) -> Extent:
    if not first.samples or not first.rate_hz:
        raise AudioRefused("There is no sound in it.")
    channels = first.size_bytes // (first.samples * _SAMPLE_BYTES)
    return Extent(total_samples, first.rate_hz, channels, flac)


async def _list(settings: AudioSettings, *arguments: str) -> dict[int, _Stream]:
    """Run ffmpeg and have it list the packets of its output, stream by stream."""
    limits = _limits(settings)
    done = await run_limited([find_ffmpeg(), *arguments, "-f", "framecrc", "-"], limits)
    return await asyncio.to_thread(_read_listing, done.stdout)


def _read_listing(listing: bytes) -> dict[int, _Stream]:
    streams: dict[int, _Stream] = {}
    for line in listing.split(b"\n"):
        if line.startswith(b"#"):
            name, _, value = line[1:].partition(b": ")
            field, _, number = name.partition(b" ")
            if field in (b"tb", b"sample_rate"):
                stream = streams.setdefault(int(number), _Stream())
                if field == b"tb":
                    stream.base = value.decode()
                else:
                    stream.rate_hz = int(value)
        elif line:
            number, _, start, duration, size = line.split(b",")[:5]
            stream = streams.setdefault(int(number), _Stream())
            if stream.first is None:
                stream.first = int(start)
            stream.end = int(start) + int(duration)
            stream.samples += int(duration)
            stream.size_bytes += int(size)
    return streams


async def _flac_stream(source: Source, size_bytes: int, settings: AudioSettings) -> FlacStream | None:
    """Read the stream's description, if its frames can be copied as they are."""
    done = await run_limited([find_ffmpeg(), *QUIET, *reading(source), *_ONE_FLAC_FRAME], _limits(settings))
    info = read_streaminfo(done.stdout)
    if info is None:
        return None
    shortest, longest = int.from_bytes(info[0:2], "big"), int.from_bytes(info[2:4], "big")
    packed = int.from_bytes(info[10:18], "big")
    if not can_copy_flac(packed >> 44, shortest, longest):
        return None
    return FlacStream(info, longest, (packed >> 36 & 31) + 1, size_bytes)


def _limits(settings: AudioSettings) -> Limits:
    return Limits(
        memory_bytes=settings.memory_bytes,
        cpu_s=settings.read_cpu_s,
        wall_s=settings.read_wall_s,
        output_bytes=_OUTPUT_BYTES,
    )
