"""The grid: every packet in one segment, segments at their place, all rungs alike."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutti.kit.audio import SEGMENT_S, Extent, FlacStream, Grid, Source, rungs_of
from tutti.kit.audio.rungs import aac_rate_hz, can_copy_flac

SOURCE = Source("/nowhere", "flac", "flac", 0, 0, None, True)
RATES_HZ = (8_000, 22_050, 37_800, 44_100, 48_000, 88_200, 96_000, 192_000, 352_800)


def extent_of(samples: int, rate_hz: int, block: int | None = None) -> Extent:
    flac = FlacStream(bytes(34), block, 16, samples * 2) if block else None
    return Extent(samples, rate_hz, 2, flac)


@st.composite
def extents(draw: st.DrawFn) -> Extent:
    rate_hz = draw(st.sampled_from(RATES_HZ))
    samples = draw(st.integers(1, rate_hz * 200))
    block = draw(st.integers(16, min(65_535, rate_hz)))
    return extent_of(samples, rate_hz, block)


@given(extents())
def test_segments_hold_every_packet_once_and_all_the_time_there_is(extent: Extent) -> None:
    for rung in rungs_of(SOURCE, extent):
        grid = Grid(rung, extent)
        firsts = [grid.first_packet(number) for number in range(grid.segments + 1)]
        assert firsts[0] == 0
        assert firsts[-1] == grid.packets
        assert all(before < after for before, after in pairwise(firsts))
        assert sum(grid.packet_duration(packet) for packet in range(grid.packets)) == grid.total_samples
        whole = sum((grid.exact_duration_s(number) for number in range(grid.segments)), Fraction())
        assert whole == Fraction(grid.total_samples, grid.timescale_hz)


@given(extents())
def test_a_segment_begins_within_one_packet_after_its_time(extent: Extent) -> None:
    for rung in rungs_of(SOURCE, extent):
        grid = Grid(rung, extent)
        for number in range(grid.segments):
            late = grid.start_sample(grid.first_packet(number)) - number * SEGMENT_S * grid.timescale_hz
            assert 0 <= late < grid.packet_samples


@given(extents())
def test_all_rungs_have_the_same_number_of_segments_none_much_longer_than_the_rest(extent: Extent) -> None:
    grids = [Grid(rung, extent) for rung in rungs_of(SOURCE, extent)]
    assert len({grid.segments for grid in grids}) == 1
    for grid in grids:
        packet_s = grid.packet_samples / grid.timescale_hz
        delay_s = grid.delay_samples / grid.timescale_hz
        assert all(grid.duration_s(n) <= SEGMENT_S + 1 + packet_s + delay_s for n in range(grid.segments))


@pytest.mark.parametrize("number", [-1, 4])
def test_there_are_no_others(number: int) -> None:
    extent = extent_of(44_100 * 20, 44_100)
    grid = Grid(rungs_of(SOURCE, extent)[0], extent)
    assert grid.segments == 4
    with pytest.raises(IndexError, match="4 segments"):
        grid.duration_s(number)


@pytest.mark.parametrize(
    ("source_hz", "aac_hz"),
    [
        (44_100, 44_100),
        (48_000, 48_000),
        (32_000, 32_000),
        (8_000, 8_000),
        (88_200, 44_100),
        (352_800, 44_100),
        (96_000, 48_000),
        (192_000, 48_000),
        (37_800, 48_000),
        (64_000, 48_000),
    ],
)
def test_aac_keeps_the_family_of_the_sample_rate(source_hz: int, aac_hz: int) -> None:
    assert aac_rate_hz(source_hz) == aac_hz


@pytest.mark.parametrize(
    ("kbps", "lossless", "names"),
    [
        (None, True, ["aac64", "aac128", "aac256"]),
        (64, True, ["aac64", "aac128", "aac256"]),
        (320, False, ["aac64", "aac128", "aac256"]),
        (256, False, ["aac64", "aac128"]),
        (128, False, ["aac64"]),
        (32, False, ["aac64"]),
        (None, False, ["aac64", "aac128", "aac256"]),
    ],
)
def test_a_lossy_source_is_never_made_bigger(kbps: int | None, lossless: bool, names: list[str]) -> None:
    source = Source("/nowhere", "mp3", "mp3", 44_100, 2, kbps, lossless)
    assert [rung.name for rung in rungs_of(source, extent_of(44_100, 44_100))] == names


def test_rungs_that_aac_cannot_reach_at_a_low_sample_rate_are_left_out() -> None:
    assert [rung.name for rung in rungs_of(SOURCE, Extent(8000, 8000, 1))] == ["aac64"]


@pytest.mark.parametrize(
    ("rate_hz", "shortest", "longest", "can"),
    [
        (44_100, 4096, 4096, True),
        (44_100, 1152, 4096, False),
        (8_000, 16_384, 16_384, False),
        (192_000, 4608, 4608, True),
    ],
)
def test_flac_of_blocks_of_one_length_is_copied(rate_hz: int, shortest: int, longest: int, can: bool) -> None:
    assert can_copy_flac(rate_hz, shortest, longest) is can
