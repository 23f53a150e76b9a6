"""A whole ladder: valid HLS, the very sound that ffmpeg's own HLS has, and nothing when the source is damaged."""

from pathlib import Path

import numpy as np
import pytest

from kit.audio.sounds import PLAYABLE, RATE_HZ, SECONDS, decode, lag, run_ffmpeg, tones, write_sound
from kit.audio.validator import validate
from tutti.kit.audio import AudioDamaged, AudioSettings, Ladder, LimitExceeded, Source, make_ladder


async def made(source: Source, folder: Path) -> Ladder:
    folder.mkdir(exist_ok=True)
    return await make_ladder(source, folder)


@pytest.mark.parametrize("kind", PLAYABLE)
async def test_a_ladder_of_any_source_is_valid_hls(kind: str, tmp_path: Path) -> None:
    source = write_sound(tmp_path, kind)

    ladder = await made(source, tmp_path / "ladder")

    variants = validate(tmp_path / "ladder")
    assert list(variants) == [rung.name for rung in ladder.rungs]
    assert ("flac" in variants) == (source.codec == "flac")
    for variant in variants.values():
        heard_s = (variant.segments[-1].end - variant.init.media_time) / variant.init.timescale_hz
        assert heard_s == pytest.approx(ladder.extent.duration_s, abs=1 / variant.init.timescale_hz)


@pytest.mark.parametrize("name", ["aac64", "aac128", "aac256"])
async def test_the_sound_is_that_of_ffmpegs_own_hls(name: str, tmp_path: Path) -> None:
    source = write_sound(tmp_path, "wav")
    await made(source, tmp_path / "ladder")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    kbps = name.removeprefix("aac")
    hls = ("-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", "6", "-hls_playlist_type", "vod", "index.m3u8")
    encoder = ("-c:a", "aac", "-b:a", f"{kbps}k", "-flags:a", "+bitexact")
    run_ffmpeg("-i", source.path, *encoder, *hls, folder=theirs)

    mine = decode("-i", str(tmp_path / "ladder" / name / "index.m3u8"))

    theirs_heard = decode("-i", str(theirs / "index.m3u8"))[1024:]  # theirs has no edit list: the priming is heard
    assert np.array_equal(mine, theirs_heard)


async def test_flac_is_the_original_to_the_bit(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "flac")
    await made(source, tmp_path / "ladder")

    assert np.array_equal(decode("-i", str(tmp_path / "ladder/flac/index.m3u8")), decode("-i", source.path))


@pytest.mark.parametrize("name", ["aac64", "aac128", "aac256", "flac"])
async def test_no_sample_is_missing_or_doubled_at_any_boundary(name: str, tmp_path: Path) -> None:
    source = write_sound(tmp_path, "flac")
    await made(source, tmp_path / "ladder")
    variant = validate(tmp_path / "ladder")[name]

    heard, reference = decode("-i", str(tmp_path / "ladder" / name / "index.m3u8")), tones(SECONDS)

    for start in [s.start - variant.init.media_time for s in variant.segments[1:]]:
        assert all(abs(lag(reference, heard, at)) <= 1 for at in (start - 2048, start - 1024, start))
    assert 0 <= len(heard) - len(reference) < 1024


@pytest.mark.parametrize("kind", ["flac-96", "wav-odd"])
async def test_a_higher_sample_rate_is_brought_down_in_place(kind: str, tmp_path: Path) -> None:
    source = write_sound(tmp_path, kind)
    await made(source, tmp_path / "ladder")

    heard = decode("-i", str(tmp_path / "ladder/aac128/index.m3u8"))

    reference = tones(SECONDS, 48_000)
    assert [lag(reference, heard, at) for at in (48_000, 480_000, 960_000)] == [0, 0, 0]


async def test_progress_rises_to_one(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "mp3")
    heard: list[float] = []
    (tmp_path / "ladder").mkdir()

    await make_ladder(source, tmp_path / "ladder", heard.append)

    assert heard == sorted(heard)
    assert len(heard) > 2
    assert heard[-1] == 1


async def test_a_file_that_ends_early_is_as_long_as_what_it_holds(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "flac")
    content = Path(source.path).read_bytes()
    Path(source.path).write_bytes(content[: len(content) // 2])

    ladder = await made(source, tmp_path / "ladder")

    assert 0.4 < ladder.extent.duration_s / SECONDS < 0.6
    validate(tmp_path / "ladder")


async def test_a_hole_in_the_middle_is_damage(tmp_path: Path) -> None:
    """The end is there, so the file counts as whole; what is missing shows only when all of it is decoded."""
    source = write_sound(tmp_path, "flac")
    content = bytearray(Path(source.path).read_bytes())
    quarter = len(content) // 4
    content[quarter : 3 * quarter] = bytes(2 * quarter)
    Path(source.path).write_bytes(content)

    with pytest.raises(AudioDamaged, match="ends after about"):
        await made(source, tmp_path / "ladder")


async def test_a_ladder_has_its_limits(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "wav")

    with pytest.raises(LimitExceeded, match="1000000 bytes"):
        await make_ladder(source, tmp_path, settings=AudioSettings(ladder_bytes=1_000_000))


async def test_a_small_source_is_not_blown_up(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "mp3", bit_rate_kbps=128)

    ladder = await made(source, tmp_path / "ladder")

    assert [rung.name for rung in ladder.rungs] == ["aac64"]


@pytest.mark.parametrize("seconds", [0.01, 1024 / RATE_HZ, 5.9, 6.0, 6.5, 7.1, 12.0])
async def test_short_sounds_have_segments_too(seconds: float, tmp_path: Path) -> None:
    source = write_sound(tmp_path, "flac", seconds)

    await made(source, tmp_path / "ladder")

    segments = {len(variant.segments) for variant in validate(tmp_path / "ladder").values()}
    assert segments == {max(1, -int(-(seconds - 1) // 6))}
