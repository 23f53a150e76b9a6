"""Time stamps in milliseconds that tell frames apart, and those that do not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.audio.sounds import decode, write_sound
from tutti.kit.audio import frame_times
from tutti.kit.audio.frame_times import FrameTimes
from tutti.kit.audio.measuring import survey

RATE_HZ = 44_100


@given(
    st.integers(0, 500_000), st.integers(0, 20_000), st.sampled_from([512, 1024, 2048, 4096]), st.sampled_from([0, 1])
)
def test_a_millisecond_does_not_hide_a_frame(number: int, first: int, frame_samples: int, up: int) -> None:
    place = number * frame_samples
    stamp = (((first + place) * 1000 // RATE_HZ) + up) * RATE_HZ // 1000
    times = FrameTimes(frame_samples, first)
    assert times.place(stamp) == place
    assert times.is_sure(stamp)


@pytest.mark.parametrize("drift", [0.02, -0.01, 0.3])
async def test_a_clock_that_runs_away_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drift: float
) -> None:
    real = frame_times._frames

    async def drifting(*arguments: object, **named: object) -> list[tuple[int, int]]:
        found = await real(*arguments, **named)  # type: ignore[arg-type]
        return [(round(stamp * (1 + drift)), samples) for stamp, samples in found]

    monkeypatch.setattr(frame_times, "_frames", drifting)
    source = write_sound(tmp_path, "wma")
    surveyed = await survey(source)
    assert surveyed.way == "start"
    assert surveyed.extent.total_samples == len(decode("-i", source.path))
