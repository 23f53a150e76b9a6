"""What a file is: by its bytes, and by what ffmpeg says of it."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.audio import KINDS, audio_bytes, ffmpeg, make_audio
from tutti.kit.audio.settings import AudioSettings
from tutti.services.media.service.probing import NoAudio, read_probe, sniff
from tutti.services.media.service.work.looking import look_into

UNPLAYABLE = {"ape"}
"""Nothing here encodes them: their sound is noise (support/audio.py)."""
LOSSLESS = {"flac", "alac", "ogg-flac", "wav", "aiff", "wv", "dsf"}
ID3 = b"ID3\x04\x00\x00\x00\x00\x07\x68" + bytes(1000)


def container(content: bytes) -> str | None:
    found = sniff(io.BytesIO(content))
    return None if found is None else found.name


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_container_is_known_by_its_first_bytes(kind: str) -> None:
    assert container(audio_bytes(kind)) == KINDS[kind].container
    assert container(ID3 + audio_bytes(kind)) == KINDS[kind].container


def test_an_mpeg_stream_is_found_behind_junk() -> None:
    content = audio_bytes("mp3")
    assert container(bytes(3000) + content) == "mp3"
    assert container(bytes(100_000) + content) is None


@given(st.binary(max_size=2000))
def test_any_bytes_can_be_sniffed(content: bytes) -> None:
    container(content)
    container(b"ID3" + content)
    container(b"\xff\xfb" + content)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - UNPLAYABLE))
async def test_what_ffmpeg_says_is_understood(tmp_path: Path, kind: str) -> None:
    made = KINDS[kind]
    path = make_audio(tmp_path, "Song", kind)
    found = await look_into(ffmpeg(), path, AudioSettings())
    source = found.source
    assert (source.container, source.codec) == (made.container, made.codec)
    rate_hz = made.sample_rate_hz // (8 if kind == "dsf" else 1)  # of what is decoded from it
    assert (source.sample_rate_hz, source.channels) == (rate_hz, 2)
    assert source.lossless is (kind in LOSSLESS)
    assert (found.size_bytes, len(found.digest)) == (path.stat().st_size, 64)


@pytest.mark.parametrize(
    ("layout", "channels"),
    [("mono", 1), ("stereo", 2), ("5.1(side)", 6), ("7.1.4", 12), ("3 channels (FL+FR+LFE)", 3), ("quad", 4)],
)
def test_channels_are_counted_by_the_name_of_their_layout(layout: str, channels: int) -> None:
    logged = (
        "Stream mapping:\n  Stream #0:1 -> #0:0 (alac (native) -> pcm_s16le (native))\nOutput #0, null, to 'pipe:':\n"
        f"  Stream #0:0(eng): Audio: pcm_s16le, 96000 Hz, {layout}, s16, 1536 kb/s (default)\n"
    )
    probed = read_probe(logged)
    assert (probed.codec, probed.sample_rate_hz, probed.channels, probed.lossless) == ("alac", 96_000, channels, True)


@given(st.text(max_size=300))
def test_other_words_are_no_audio(logged: str) -> None:
    with pytest.raises(NoAudio):
        read_probe(logged)
