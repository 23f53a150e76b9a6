"""Segments made on demand: at any place the timing of the stored ones, and the same sound to the sample."""

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import numpy as np
import psutil
import pytest

from kit.audio.sounds import LOSSLESS, PLAYABLE, SECONDS, decode, lag, run_ffmpeg, tones, write_sound
from kit.audio.validator import Segment, read_init, read_segment
from support.processes import command_of
from tutti.kit.audio import AudioDamaged, Rung, Source, make_init, make_ladder, make_segments, measure, rungs_of
from tutti.kit.audio.measuring import survey
from tutti.kit.audio.transport import opened


async def segments_of(source: Source, rung: Rung, first: int, count: int) -> list[tuple[int, bytes]]:
    async with aclosing(make_segments(source, rung, first, count)) as made:
        return [each async for each in made]


async def one_by_one(source: Source, rung: Rung) -> list[bytes]:
    """Every segment made by an ffmpeg of its own."""
    made: list[bytes] = []
    while len(made) < 3:
        ((number, content),) = await segments_of(source, rung, len(made), 1)
        assert number == len(made)
        made.append(content)
    return made


def timing(segment: Segment) -> tuple[int, list[int]]:
    return segment.start, segment.durations


def joined(folder: Path, parts: Sequence[bytes]) -> Path:
    path = folder / "joined.mp4"
    path.write_bytes(b"".join(parts))
    return path


@pytest.mark.parametrize("kind", PLAYABLE)
async def test_each_segment_alone_has_the_timing_and_the_sound_of_the_stored_one(kind: str, tmp_path: Path) -> None:
    source = write_sound(tmp_path, kind)
    folder = tmp_path / "ladder"
    folder.mkdir()
    ladder = await make_ladder(source, folder)
    resampled = {"wav-odd": "48000", "flac-96": "48000", "dsf": "44100"}  # AAC has none of their rates
    reference = decode("-i", source.path, *(("-ar", resampled[kind]) if kind in resampled else ()))

    for rung in ladder.rungs:
        init, made = await make_init(source, rung), await one_by_one(source, rung)

        assert init == (folder / rung.name / "init.mp4").read_bytes()
        for number, content in enumerate(made):
            stored = (folder / rung.name / f"{number}.m4s").read_bytes()
            assert timing(read_segment(content)) == timing(read_segment(stored))
            assert content == stored or rung.codec == "aac"
        heard = decode("-i", str(joined(tmp_path, [init, *made])))
        if rung.codec == "aac":
            delay = read_init(init).media_time
            for start in [read_segment(content).start - delay for content in made[1:]]:
                assert all(abs(lag(reference, heard, at)) <= 1 for at in (start - 2048, start - 1024, start))


@pytest.mark.parametrize("name", ["aac64", "aac128", "aac256"])
async def test_joints_between_separate_encoders_do_not_click(name: str, tmp_path: Path) -> None:
    """What differs from the original there is no louder than what AAC changes everywhere else."""
    source = write_sound(tmp_path, "wav")
    (rung,) = [rung for rung in rungs_of(source, await measure(source)) if rung.name == name]
    made = await one_by_one(source, rung)
    heard = decode("-i", str(joined(tmp_path, [await make_init(source, rung), *made])))
    wrong = np.abs(heard[: len(tones(SECONDS))] - tones(SECONDS)[: len(heard)]).max(axis=1)

    usual = max(np.percentile(wrong[44_100:-44_100], 99.9), 0.001)
    for start in [read_segment(content).start - 1024 for content in made[1:]]:
        assert wrong[start - 1024 : start + 1024].max() <= 3 * usual


@pytest.mark.parametrize("kind", LOSSLESS)
@pytest.mark.parametrize("sample", [1, 44_100, 401_409, 800_000])
async def test_a_lossless_source_is_opened_at_the_very_sample(kind: str, sample: int, tmp_path: Path) -> None:
    source = write_sound(tmp_path, kind)
    whole, rest = await _whole_and_rest(source, sample)

    assert np.array_equal(rest, whole[sample:])


@pytest.mark.parametrize("kind", sorted(set(PLAYABLE) - set(LOSSLESS)))
@pytest.mark.parametrize("sample", [1, 44_100, 401_409])
async def test_a_lossy_source_is_opened_at_the_very_sample(kind: str, sample: int, tmp_path: Path) -> None:
    source = write_sound(tmp_path, kind)
    whole, rest = await _whole_and_rest(source, sample)

    assert len(rest) >= len(whole) - sample  # padding at the end is cut by the grid, which knows the length
    rest = rest[: len(whole) - sample]
    # Noise that AAC makes up is another each time; everything else is equal.
    assert np.abs(rest - whole[sample:]).max() <= (0.05 if source.codec == "aac" else 1e-4)


async def _whole_and_rest(source: Source, sample: int) -> tuple[np.ndarray, np.ndarray]:
    surveyed = await survey(source)
    whole = decode("-i", source.path)
    assert len(whole) == surveyed.extent.total_samples
    arguments, filters = opened(source, surveyed, sample)
    return whole, decode("-copyts", *arguments, "-map", "0:a:0", "-af", ",".join(filters))


async def test_a_run_goes_on_in_order_and_ends_with_the_track(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "mp3")
    rung = rungs_of(source, await measure(source))[0]

    made = await segments_of(source, rung, 1, 100)

    assert [number for number, _ in made] == [1, 2, 3]
    starts = [read_segment(content) for _, content in made]
    assert [s.start for s in starts[1:]] == [s.end for s in starts[:-1]]


async def test_ffmpeg_ends_when_nobody_listens_any_more(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "wav", 600)
    rung = rungs_of(source, await measure(source))[0]
    made = make_segments(source, rung, 0, 100)
    await anext(made)
    assert reads(source)

    await made.aclose()

    assert not reads(source)


def reads(source: Source) -> bool:
    """Whether a process beneath this one was told to read it; others may end while one looks."""
    return any(source.path in command_of(child) for child in psutil.Process().children(recursive=True))


@pytest.mark.parametrize("number", [-1, 4, 1000])
async def test_there_is_no_other_segment(number: int, tmp_path: Path) -> None:
    source = write_sound(tmp_path, "wav")
    rung = rungs_of(source, await measure(source))[0]

    with pytest.raises(IndexError, match="4 segments"):
        await segments_of(source, rung, number, 1)


async def test_a_source_cut_short_since_it_was_measured_is_measured_anew(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "wav")
    before = await measure(source)
    content = Path(source.path).read_bytes()
    Path(source.path).write_bytes(content[: len(content) // 2])

    assert 0.49 < (await measure(source)).total_samples / before.total_samples < 0.51


async def test_sound_that_is_not_there_is_damage(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "flac")
    content = bytearray(Path(source.path).read_bytes())
    content[len(content) // 4 : 3 * len(content) // 4] = bytes(len(content) // 2)
    Path(source.path).write_bytes(content)
    rung = rungs_of(source, await measure(source))[0]

    with pytest.raises(AudioDamaged):
        await segments_of(source, rung, 0, 4)


async def test_what_the_init_segment_says_is_what_ffmpeg_would_say(tmp_path: Path) -> None:
    """The decoder's configuration is written by hand here; ffmpeg's own for the same call must be the same."""
    source = write_sound(tmp_path, "wav")
    theirs = tmp_path / "theirs.mp4"
    run_ffmpeg("-i", source.path, "-c:a", "aac", "-b:a", "64k", str(theirs))
    mine = await make_init(source, rungs_of(source, await measure(source))[0])

    assert mine.partition(b"\x05\x05")[2][:5] == theirs.read_bytes().partition(b"\x05\x80\x80\x80\x05")[2][:5]
