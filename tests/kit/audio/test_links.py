"""Chained Ogg: streams behind each other, as radio recorders and `cat` leave them, each counting time anew."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.audio.sounds import Samples, decode, run_ffmpeg, write_sound
from tutti.kit.audio import AudioSettings, Source, make_ladder, make_segments, measure, rungs_of
from tutti.kit.audio.grid import Grid
from tutti.kit.audio.measuring import Survey, survey
from tutti.kit.audio.ogg import find_links
from tutti.kit.audio.source import reading
from tutti.kit.audio.transport import sounding

LENGTHS_S = (7.0, 20.3, 3.4)


def chain(folder: Path, kind: str) -> tuple[Source, Samples]:
    """Three files behind each other, and what each of them sounds like by itself."""
    links = [write_sound(folder, kind, seconds) for seconds in LENGTHS_S]
    parts: list[bytes] = []
    sounds: list[Samples] = []
    for seconds in LENGTHS_S:
        source = write_sound(folder, kind, seconds)
        parts.append(Path(source.path).read_bytes())
        sounds.append(decode("-i", source.path))
    Path(links[0].path).write_bytes(b"".join(parts))
    return links[0], np.concatenate(sounds)


def heard_from(source: Source, surveyed: Survey, sample: int) -> Samples:
    inputs, heard = sounding(source, surveyed, sample)
    quiet = ("-v", "fatal")  # of FLAC in Ogg ffmpeg says that it searches in vain, and finds it all the same
    return decode(*quiet, "-copyts", *inputs, "-filter_complex", f"{heard}[out]", "-map", "[out]")


@pytest.mark.parametrize("kind", ["ogg", "opus", "ogg-flac"])
async def test_any_sample_of_any_link_is_found(tmp_path: Path, kind: str) -> None:
    source, whole = chain(tmp_path, kind)
    surveyed = await survey(source)
    assert (surveyed.way, len(surveyed.links)) == ("links", 3)
    assert surveyed.extent.total_samples == len(whole)
    second, third = (link.first_sample for link in surveyed.links[1:])
    for sample in (0, 1, 44_100, second - 1, second, second + 1, second + 400_409, third - 300, third, third + 60_000):
        rest = heard_from(source, surveyed, sample)
        assert len(rest) == len(whole) - sample
        assert np.abs(rest - whole[sample:]).max() <= 1e-4


async def test_segments_and_the_ladder_are_of_all_links(tmp_path: Path) -> None:
    source, whole = chain(tmp_path, "ogg")
    (tmp_path / "ladder").mkdir()
    ladder = await make_ladder(source, tmp_path / "ladder")
    assert ladder.extent.total_samples == len(whole)
    rung = rungs_of(source, await measure(source))[0]
    made = [number async for number, _ in make_segments(source, rung, 1, 100)]
    assert made == list(range(1, Grid(rung, ladder.extent).segments))


async def test_links_of_different_kinds_are_decoded_from_the_start(tmp_path: Path) -> None:
    source, _ = chain(tmp_path, "ogg")
    path, mono = Path(source.path), tmp_path / "mono.ogg"
    run_ffmpeg("-i", source.path, "-ac", "1", "-ar", "22050", "-t", "3", "-c:a", "libvorbis", str(mono))
    path.write_bytes(path.read_bytes() + mono.read_bytes())
    assert (await survey(source)).way == "start"


async def test_a_link_that_begins_late_is_decoded_from_the_start(tmp_path: Path) -> None:
    """As where a recorder came into a stream that had run for long."""
    source, _ = chain(tmp_path, "ogg")
    path, late = Path(source.path), tmp_path / "late.ogg"
    run_ffmpeg("-i", source.path, "-t", "3", "-c", "copy", "-output_ts_offset", "900", str(late))
    path.write_bytes(late.read_bytes() + path.read_bytes())
    assert (await survey(source)).way == "start"


async def test_links_that_are_too_many_for_ffmpeg_are_decoded_from_the_start(tmp_path: Path) -> None:
    source, _ = chain(tmp_path, "ogg")
    path = Path(source.path)
    path.write_bytes(path.read_bytes() * 4)
    surveyed = await survey(source, AudioSettings(memory_bytes=600_000_000))
    assert surveyed.way == "start"


def test_where_links_are(tmp_path: Path) -> None:
    source, _ = chain(tmp_path, "opus")
    links = find_links(source.path, 8)
    assert [begin for begin, _ in links][1:] == [end for _, end in links][:-1]
    content = Path(source.path).read_bytes()
    assert (links[0][0], links[-1][1]) == (0, len(content))
    assert all(content[begin:].startswith(b"OggS\0\x02") for begin, _ in links)
    empty = tmp_path / "empty.ogg"
    empty.touch()
    assert find_links(str(empty), 8) == []


@pytest.mark.parametrize("page", [b"OggS\0\x02" + bytes(21), b"OggS\0\x02" + bytes(20) + b"\1\xff" + bytes(255)])
def test_of_a_file_of_beginnings_only_some_are_looked_at(tmp_path: Path, page: bytes) -> None:
    path = tmp_path / "hostile.ogg"
    path.write_bytes(page * 100_000)
    links = find_links(str(path), 5)
    assert len(links) == 6
    assert links[-1] == (5 * 64 * len(page), 100_000 * len(page))


@given(st.binary(max_size=400))
def test_no_bytes_upset_it(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("links") / "any.ogg"
    for head in (b"", b"OggS", b"OggS\0\x02", b"OggS\0\x02" + bytes(20) + b"\xff"):
        path.write_bytes(head + content)
        assert len(find_links(str(path), 8)) <= 9


def test_a_link_is_read_from_the_one_file_alone(tmp_path: Path) -> None:
    source = Source(str(tmp_path / "a,b:.ogg"), "vorbis", "ogg", 0, 0, None, lossless=False)
    arguments = reading(msgspec.structs.replace(source, span=(10, 90)))
    said = dict(zip(arguments[::2], arguments[1::2], strict=True))
    assert said["-protocol_whitelist"] == "subfile,file"
    assert said["-i"] == f"subfile,,start,10,end,90,,:file:{source.path}"
