"""How long a file is: exactly what a decoder gives of it, for every kind and with what is found around the sound."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.audio.sounds import PLAYABLE, decode, run_ffmpeg, write_sound
from tutti.kit.audio import AudioRefused, AudioSettings, LimitExceeded, Source, measure
from tutti.kit.audio.measuring import survey
from tutti.kit.audio.mpeg import index_frames

ID3 = b"ID3\x04\0\0\0\0\x02\0" + bytes(256)
MPEG = ["mp2", "mp3", "mp3-bare", "mp3-low", "mp3-mono", "mp3-vbr", "adts", "he-aac"]


@pytest.mark.parametrize("kind", PLAYABLE)
async def test_the_extent_is_what_a_decoder_gives(kind: str, tmp_path: Path) -> None:
    source = write_sound(tmp_path, kind)

    surveyed = await survey(source)

    assert surveyed.extent.total_samples == len(decode("-i", source.path))
    assert surveyed.extent.channels == {"mp3-mono": 1, "wav-mono": 1, "wma-low": 1, "wav-5.1": 6}.get(kind, 2)
    assert surveyed.way == ("frames" if kind in MPEG else "near" if kind.startswith("wma") else "time")


@pytest.mark.parametrize("kind", MPEG)
async def test_tags_around_the_frames_do_not_count(kind: str, tmp_path: Path) -> None:
    source = write_sound(tmp_path, kind)
    path = Path(source.path)
    before = await measure(source)
    path.write_bytes(ID3 + path.read_bytes() + b"TAG" + bytes(125))

    surveyed = await survey(source)

    assert surveyed.way == "frames"
    assert surveyed.extent == before


async def test_adts_frames_after_a_gap_cannot_be_counted_so_all_is_decoded(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "adts")
    path = Path(source.path)
    content = path.read_bytes()
    path.write_bytes(content[:100_000] + bytes(3000) + content[100_000:])

    surveyed = await survey(source)

    assert surveyed.way == "start"
    assert abs(surveyed.extent.duration_s - 20.3) < 0.5


@given(st.binary(max_size=3000))
def test_no_bytes_upset_the_index(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("index") / "any"
    for head in (b"", b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80\x02\x1f\xfc", ID3):
        path.write_bytes(head + content)
        for container in ("mp3", "adts"):
            index = index_frames(str(path), container)
            assert index is None or index.frames > 0


async def test_what_was_measured_is_remembered_until_the_file_changes(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "wav", 3)
    first = await survey(source)
    assert await survey(source) is first

    write_sound(tmp_path, "wav", 4)

    assert (await survey(source)).extent.duration_s == 4


async def test_flac_of_changing_block_lengths_is_not_copied(tmp_path: Path) -> None:
    """ffmpeg marks a stream so when its encoder may choose; here the header alone is changed."""
    source = write_sound(tmp_path, "flac")
    path = Path(source.path)
    content = bytearray(path.read_bytes())
    content[8:10] = (16).to_bytes(2, "big")
    path.write_bytes(content)

    assert (await measure(source)).flac is None


async def test_too_long_is_too_long(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "flac-mp4", 70)

    with pytest.raises(LimitExceeded, match="60 s"):
        await measure(source, AudioSettings(max_duration_s=60))


async def test_an_unknown_container_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioRefused, match="'avi'"):
        await measure(Source(str(tmp_path), "x", "avi", 0, 0, None, False))


async def test_cover_art_does_not_disturb(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "m4a")
    picture, covered = tmp_path / "cover.png", tmp_path / "covered.m4a"
    run_ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", str(picture))
    attached = ("-map", "0", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic")
    run_ffmpeg("-i", source.path, "-i", str(picture), *attached, str(covered))

    extent = await measure(Source(str(covered), "aac", "mp4", 0, 0, None, False))

    assert extent == await measure(source)


@pytest.mark.parametrize("kind", ["flac", "wav"])
async def test_a_header_written_before_the_length_was_known(kind: str, tmp_path: Path) -> None:
    source = write_sound(tmp_path, kind)
    path = Path(source.path)
    content = bytearray(path.read_bytes())
    if kind == "flac":
        content[21] &= 0xF0
        content[22:26] = bytes(4)
    else:
        at = content.index(b"data") + 4
        content[at : at + 4] = b"\xff" * 4
        content[4:8] = b"\xff" * 4
    path.write_bytes(content)

    assert (await measure(source)).total_samples == len(decode("-i", source.path))


async def test_flac_frames_that_do_not_count_from_nought_are_not_copied(tmp_path: Path) -> None:
    source = write_sound(tmp_path, "flac")
    cut = tmp_path / "cut.flac"
    run_ffmpeg("-ss", "5", "-i", source.path, "-c", "copy", str(cut))

    surveyed = await survey(Source(str(cut), "flac", "flac", 0, 0, None, True))

    assert surveyed.extent.flac is None
    assert surveyed.extent.total_samples == len(decode("-i", str(cut)))
