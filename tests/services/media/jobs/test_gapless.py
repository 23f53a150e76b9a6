"""What files say of the samples that their encoders added."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media.jobs.sounds import record
from tutti.services.media.service.analysis.gapless import Gap, find_gap

SECONDS = 1.5
TONE = "0.3*sin(2*PI*440*t)"


def test_lame_says_what_it_added(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp3", TONE, SECONDS, "-b:a", "128k", rate_hz=44_100)
    gap = find_gap(path, "mp3")
    assert gap is not None
    assert gap.padding is not None
    assert gap.delay in (576, 1105)  # of the encoder, or with that of a decoder (529) added
    frames = -(-(round(SECONDS * 44_100) + gap.delay) // 1152)
    assert 0 <= gap.padding <= 3 * 1152
    assert abs(frames * 1152 - gap.delay - gap.padding - round(SECONDS * 44_100)) <= 2 * 1152


def test_an_id3_tag_before_it_is_passed_over(tmp_path: Path) -> None:
    plain = record(tmp_path / "a.mp3", TONE, SECONDS, "-id3v2_version", "0", rate_hz=44_100)
    tagged = tmp_path / "b.mp3"
    size = 200_000
    synchsafe = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    tagged.write_bytes(b"ID3\x04\x00\x00" + synchsafe + b"Info" * (size // 4) + plain.read_bytes())
    assert find_gap(tagged, "mp3") == find_gap(plain, "mp3") is not None


def test_mp3_without_lame_header_says_nothing(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp3", TONE, SECONDS, "-write_xing", "0", rate_hz=44_100)
    assert find_gap(path, "mp3") is None


@pytest.mark.parametrize("flags", [(), ("-movflags", "+faststart")])
def test_an_edit_list_says_what_is_before_and_behind(tmp_path: Path, flags: tuple[str, ...]) -> None:
    gap = find_gap(record(tmp_path / "a.m4a", TONE, SECONDS, "-c:a", "aac", *flags, rate_hz=44_100), "mp4")
    assert gap is not None
    assert gap.padding is not None
    assert gap.delay == 1024
    assert 0 <= gap.padding <= 45  # ffmpeg says how long the last packet is; movies count in milliseconds


def test_itunes_says_more_than_the_edit_list(tmp_path: Path) -> None:
    said = " 00000000 00000840 000001CA 00000000003F31F6 00000000 00000000"
    path = record(tmp_path / "a.m4a", TONE, SECONDS, "-metadata", f"iTunSMPB={said}", "-movflags", "use_metadata_tags")
    content = path.read_bytes()
    freeform = b"com.apple.iTunes\x00\x00\x00\x10name\x00\x00\x00\x00iTunSMPB\x00\x00\x00\x84data" + bytes(8)
    moov = content.index(b"moov") - 4
    size = int.from_bytes(content[moov : moov + 4], "big")
    comment = freeform + said.encode()
    udta = struct.pack(">I4s", len(comment) + 8, b"udta") + comment
    grown = struct.pack(">I", size + len(udta)) + content[moov + 4 : moov + size] + udta
    path.write_bytes(content[:moov] + grown + content[moov + size :])
    assert find_gap(path, "mp4") == Gap(0x840, 0x1CA)


def test_opus_says_its_pre_skip(tmp_path: Path) -> None:
    assert find_gap(record(tmp_path / "a.opus", TONE, SECONDS, "-c:a", "libopus"), "ogg") == Gap(312, None)


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_lossless_files_have_no_gap(tmp_path: Path, kind: str) -> None:
    assert find_gap(record(tmp_path / f"a.{kind}", TONE, SECONDS), kind) is None


@given(content=st.binary(max_size=200), box=st.sampled_from([b"moov", b"ID3", b"Info", b"OpusHead", b"\xff\xfb"]))
@pytest.mark.parametrize("container", ["mp3", "mp4", "ogg"])
def test_nonsense_says_nothing(
    tmp_path_factory: pytest.TempPathFactory, container: str, box: bytes, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / f"nonsense.{container}"
    path.write_bytes(struct.pack(">I", len(content) + 8) + box + content)
    gap = find_gap(path, container)
    assert gap is None or gap.delay >= 0
