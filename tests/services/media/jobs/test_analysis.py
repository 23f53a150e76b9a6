"""Loudness, peaks, silences and waveforms of signals that have known ones."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media.jobs.sounds import RATE_HZ, measure, record
from tutti.kit.audio.errors import AudioRefused
from tutti.kit.audio.waveform import POINTS, fold, frame_samples

TENTH = 0.1001  # ffmpeg says tenths


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("analysis")


@pytest.mark.parametrize("level_db", [-23.0, -33.0])
async def test_loudness_is_that_of_ebu_tech_3341(folder: Path, level_db: float) -> None:
    """Test cases 1 and 2: 20 s of 1 kHz on both channels, as loud in LUFS as their peak in dBFS."""
    tone = f"{10 ** (level_db / 20)}*sin(2*PI*1000*t)"
    path = record(folder / f"tech3341{level_db}.wav", f"{tone}|{tone}", 20, "-c:a", "pcm_s24le")
    found = await measure(path, 20 * RATE_HZ)
    assert found.loudness_lufs == pytest.approx(level_db, abs=TENTH)
    assert found.gain_db == pytest.approx(-18.0 - level_db, abs=TENTH)
    assert found.true_peak_db == pytest.approx(level_db, abs=TENTH)
    assert found.peak == pytest.approx(10 ** (level_db / 20), rel=0.02)


async def test_quiet_parts_do_not_count_into_the_loudness(folder: Path) -> None:
    """Test case 3: -36 dBFS for 10 s, -23 for 60 s, -36 for 10 s comes to -23 LUFS by the relative gate."""
    tone = "if(between(t,10,70),0.0707946,0.0158489)*sin(2*PI*1000*t)"
    path = record(folder / "gated.wav", f"{tone}|{tone}", 80, "-c:a", "pcm_s24le")
    found = await measure(path, 80 * RATE_HZ)
    assert found.loudness_lufs == pytest.approx(-23.0, abs=TENTH)


async def test_the_true_peak_lies_between_the_samples(folder: Path) -> None:
    """Tech 3341, case 16: a quarter of the rate at 45 degrees has samples of 3 dB below its peaks."""
    tone = f"min(1,t)*0.5*sin(2*PI*{RATE_HZ}/4*t+PI/4)"  # faded in: an abrupt start has a higher peak of its own
    found = await measure(record(folder / "between.wav", f"{tone}|{tone}", 5, "-c:a", "pcm_s24le"), 5 * RATE_HZ)
    assert found.true_peak_db is not None
    assert -6.0 - 0.4 <= found.true_peak_db <= -6.0 + 0.2
    assert set(found.waveform[250:-1]) == {round(0.5 * math.sqrt(0.5) * 255)}


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "m4a", "opus"])
async def test_silence_at_both_ends_is_measured(folder: Path, kind: str) -> None:
    tone = "if(between(t,0.5,2.5),0.5,0)*sin(2*PI*440*t)"
    path = record(folder / f"silent-ends.{kind}", f"{tone}|{tone}", 2.75)
    found = await measure(path, round(2.75 * RATE_HZ))
    exact = kind in ("wav", "flac")
    assert found.silence_start_ms == pytest.approx(500, abs=1 if exact else 100)
    assert found.silence_end_ms == pytest.approx(250, abs=1 if exact else 100)


async def test_a_pause_in_the_middle_is_no_silence_at_an_end(folder: Path) -> None:
    tone = "if(between(t,1,2),0,0.5)*sin(2*PI*440*t)"
    found = await measure(record(folder / "pause.wav", tone, 3), 3 * RATE_HZ)
    assert (found.silence_start_ms, found.silence_end_ms) == (0, 0)


async def test_silence_has_neither_loudness_nor_peak(folder: Path) -> None:
    found = await measure(record(folder / "silence.flac", "0|0", 3), 3 * RATE_HZ)
    assert (found.loudness_lufs, found.gain_db, found.true_peak_db, found.peak) == (None, None, None, None)
    assert (found.silence_start_ms, found.silence_end_ms) == (3000, 3000)
    assert found.waveform == bytes(POINTS)


async def test_one_loud_channel_is_no_silence(folder: Path) -> None:
    found = await measure(record(folder / "left.wav", "0.5*sin(2*PI*440*t)|0", 2), 2 * RATE_HZ)
    assert (found.silence_start_ms, found.silence_end_ms) == (0, 0)


async def test_a_click_has_a_peak_and_no_loudness(folder: Path) -> None:
    found = await measure(record(folder / "click.wav", "0.5*sin(2*PI*1000*t)", 0.1), RATE_HZ // 10)
    assert (found.loudness_lufs, found.gain_db) == (None, None)
    assert found.peak == pytest.approx(0.5, rel=0.02)


async def test_the_waveform_follows_the_peaks(folder: Path) -> None:
    steps = "(0.25+0.5*gte(t,2)+0.25*gte(t,3))*sin(2*PI*1000*t)"
    found = await measure(record(folder / "steps.wav", f"{steps}|0.1*{steps}", 4, "-c:a", "pcm_s24le"), 4 * RATE_HZ)
    assert len(found.waveform) == POINTS
    assert set(found.waveform[:500]) <= {63, 64}
    assert set(found.waveform[500:750]) <= {190, 191}
    assert set(found.waveform[750:]) <= {254, 255}


@pytest.mark.parametrize("total_samples", [1, 7, 480, 999, 1000, 7999, 12_345])
async def test_a_short_sound_fills_its_waveform(folder: Path, total_samples: int) -> None:
    path = record(folder / f"short{total_samples}.wav", "0.5", 0.5, "-af", f"atrim=end_sample={total_samples}")
    found = await measure(path, total_samples)
    assert set(found.waveform) == {128}


def test_what_clips_is_shown_at_full_scale() -> None:
    assert set(fold([1.5] * (POINTS * 8), 10, POINTS * 80)) == {255}


@given(st.integers(1, 30_000), st.integers(0, 2**32 - 1))
def test_points_are_the_peaks_of_their_parts(total: int, seed: int) -> None:
    """Each point is at least the peak well inside its part, and at most the peak of it with its edges."""
    samples = np.random.default_rng(seed).random(total)
    frame = frame_samples(total)
    peaks = [float(samples[at : at + frame].max()) for at in range(0, total, frame)]
    points = fold(peaks, frame, total)
    assert len(points) == POINTS
    for point in range(0, POINTS, 37):
        first, end = point * total / POINTS, (point + 1) * total / POINTS
        inner = samples[math.ceil(first) + frame : max(math.ceil(first), int(end) - frame)]
        outer = samples[max(0, int(first) - frame) : math.ceil(end) + frame]
        assert points[point] <= round(float(outer.max()) * 255)
        assert not inner.size or points[point] >= round(float(inner.max()) * 255)


async def test_what_is_no_audio_cannot_be_measured(folder: Path) -> None:
    path = folder / "text.wav"
    path.write_bytes(b"RIFF\x00\x00\x00\x00WAVEnothing")
    with pytest.raises(AudioRefused):
        await measure(path, RATE_HZ)


async def test_of_many_silences_the_first_and_the_last_count(folder: Path) -> None:
    """Sound and silence by turns, ten a second: the first and the last count."""
    tone = "if(lt(mod(t,0.3),0.15),0,0.5)*sin(2*PI*440*t)"
    found = await measure(record(folder / "pulses.wav", tone, 120.1), round(120.1 * RATE_HZ))
    assert found.silence_start_ms == pytest.approx(150, abs=1)
    assert found.silence_end_ms == pytest.approx(100, abs=1)
