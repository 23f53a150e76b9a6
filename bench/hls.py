"""HLS: a whole ladder against one bare ffmpeg with the same outputs, segments on demand, and a cold seek."""

import asyncio
import os
import random
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from tutti.kit.audio import Rung, Source, find_ffmpeg, make_ladder, make_segments, measure, rungs_of

TRACK_S = 240
LONG_S = 4200
LADDERS = 5
SEGMENTS = 40
SEEKS = 5
LINK_S = 600
_SILENT = ("-v", "error", "-nostdin", "-y")
_HLS = ("-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", "6", "-hls_playlist_type", "vod")
_KINDS = {
    "FLAC": (".flac", "flac", "flac", ()),
    "MP3": (".mp3", "mp3", "mp3", ("-c:a", "libmp3lame", "-q:a", "2", "-write_xing", "0", "-id3v2_version", "0")),
    "AAC in MP4": (".m4a", "mp4", "aac", ("-c:a", "aac", "-b:a", "256k")),
    "Vorbis": (".ogg", "ogg", "vorbis", ("-c:a", "libvorbis", "-q:a", "6")),
    "Vorbis, chained": (".oga", "ogg", "vorbis", ("-c:a", "libvorbis", "-q:a", "6")),
    "WMA": (".wma", "asf", "wma", ("-c:a", "wmav2", "-b:a", "192k")),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tracks = {kind: _make(folder, kind, TRACK_S) for kind in _KINDS}
        _print_ladder(tracks["FLAC"], folder)
        _print_segments(tracks)
        _print_seeks({kind: _make_long(folder, kind, tracks[kind]) for kind in _KINDS})


def _make(folder: Path, kind: str, seconds: int) -> Source:
    extension, container, codec, encoder = _KINDS[kind]
    path = folder / f"{seconds}{extension}"
    sound = f"aevalsrc='0.3*sin(440*2*PI*t)+0.1*random(0)|0.3*sin((300+t)*2*PI*t)':s=44100:d={seconds}"
    _run("-f", "lavfi", "-i", sound, *encoder, *(("-sample_fmt", "s16") if codec == "flac" else ()), str(path))
    return Source(str(path), codec, container, 44_100, 2, None, codec == "flac")


def _make_long(folder: Path, kind: str, track: Source) -> Source:
    if kind == "FLAC":  # its frames are numbered, so that copies would not do
        return _make(folder, kind, LONG_S)
    path = folder / f"{LONG_S}{Path(track.path).suffix}"
    if kind == "Vorbis, chained":
        track = _make(folder, kind, LINK_S)
        path.write_bytes(Path(track.path).read_bytes() * (LONG_S // LINK_S))
    elif kind == "MP3":
        path.write_bytes(Path(track.path).read_bytes() * -(-LONG_S // TRACK_S))
    else:
        _run("-stream_loop", str(LONG_S // TRACK_S), "-i", track.path, "-t", str(LONG_S), "-c", "copy", str(path))
    return Source(str(path), track.codec, track.container, 44_100, 2, None, track.lossless)


def _run(*arguments: str) -> None:
    subprocess.run([find_ffmpeg(), *_SILENT, *arguments], check=True)


def _print_ladder(source: Source, folder: Path) -> None:
    bare: list[float] = []
    ours: list[float] = []
    for number in range(LADDERS):
        target = folder / f"ladder{number}"
        target.mkdir()
        ours.append(_cpu_s(lambda target=target: asyncio.run(make_ladder(source, target))))
        bare.append(_cpu_s(lambda target=target: _bare_ladder(source, target)))
    reference, mine = min(bare), min(ours)
    print(f"### A whole ladder of {TRACK_S // 60} minutes (AAC 64, 128, 256 and FLAC copied; best of {LADDERS})\n")
    print("| bare ffmpeg, same outputs | Tutti, with its own share | ratio |\n|---|---|---|")
    print(f"| {reference:.1f} CPU s | {mine:.1f} CPU s | {mine / reference:.2f} (limit: 1.15) |\n")


def _bare_ladder(source: Source, target: Path) -> None:
    outputs: list[str] = []
    for kbps in (64, 128, 256):
        aac = ("-map", "0:a:0", "-c:a", "aac", "-b:a", f"{kbps}k", "-flags:a", "+bitexact")
        outputs += [*aac, *_HLS, str(target / f"bare{kbps}.m3u8")]
    _run("-i", source.path, *outputs, "-map", "0:a:0", "-c", "copy", *_HLS, str(target / "bareflac.m3u8"))


def _cpu_s(action: Callable[[], object]) -> float:
    before = _used_s()
    action()
    return _used_s() - before


def _used_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _print_segments(tracks: dict[str, Source]) -> None:
    print(f"### One segment on demand, at random places of {TRACK_S // 60} minutes, each by an ffmpeg of its own\n")
    print("| source | rung | median | p95 |\n|---|---|---|---|")
    for kind, source in tracks.items():
        for rung in rungs_of(source, asyncio.run(measure(source))):
            if rung.name in ("aac128", "aac256", "flac"):
                took = asyncio.run(_times(source, rung))
                median, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
                print(f"| {kind} | {rung.name} | {median * 1000:.0f} ms | {p95 * 1000:.0f} ms |")
    print()


async def _times(source: Source, rung: Rung) -> list[float]:
    chance = random.Random(1)
    return [await _one_segment(source, rung, chance.randrange(TRACK_S // 6)) for _ in range(SEGMENTS)]


async def _one_segment(source: Source, rung: Rung, number: int) -> float:
    started = time.perf_counter()
    async with aclosing(make_segments(source, rung, number, 1)) as made:
        await anext(made)
    return time.perf_counter() - started


def _print_seeks(tracks: dict[str, Source]) -> None:
    print(
        f"### A cold seek to the middle of {LONG_S // 60} minutes: measured and encoded for the first time (AAC 128)\n"
    )
    print("| source | median | worst |\n|---|---|---|")
    for kind, source in tracks.items():
        took = [asyncio.run(_cold_seek(source)) for _ in range(SEEKS)]
        print(f"| {kind} | {statistics.median(took) * 1000:.0f} ms | {max(took) * 1000:.0f} ms (limit: 1000 ms) |")


async def _cold_seek(source: Source) -> float:
    os.utime(source.path)  # so that nothing is remembered of it
    started = time.perf_counter()
    rung = rungs_of(source, await measure(source))[1]
    await _one_segment(source, rung, LONG_S // 6 // 2)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
