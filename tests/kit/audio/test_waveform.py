"""The waveform made of a file when asked is the one that is stored of an upload."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from kit.audio.sounds import write_sound
from tutti.kit.audio import AudioRefused, AudioSettings, LimitExceeded, Limits, find_ffmpeg, make_waveform, measure
from tutti.kit.audio import waveform as waveforms
from tutti.services.media.service.analysis import analyse

LIMITS = Limits(memory_bytes=2_000_000_000, cpu_s=60, wall_s=60, output_bytes=10_000_000)


@pytest.mark.parametrize("kind", ["flac", "mp3-vbr", "m4a", "opus", "wav-5.1"])
async def test_it_is_that_of_an_upload(tmp_path: Path, kind: str) -> None:
    source = write_sound(tmp_path, kind)
    extent = await measure(source)
    source = msgspec.structs.replace(source, sample_rate_hz=extent.sample_rate_hz)
    analysis = await analyse(find_ffmpeg(), source, extent.total_samples, LIMITS)
    assert await make_waveform(source) == analysis.waveform
    assert max(analysis.waveform) > 50


async def test_what_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> bytes:
        await asyncio.Event().wait()
        return b""

    monkeypatch.setattr(waveforms, "_read", never)
    with pytest.raises(LimitExceeded, match="longer than 1 s"):
        await make_waveform(write_sound(tmp_path, "flac"), AudioSettings(waveform_wall_s=1))


async def test_what_holds_no_sound_has_none(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "flac")
    Path(source.path).write_bytes(b"fLaC" + bytes(10_000))
    with pytest.raises(AudioRefused):
        await make_waveform(source)
