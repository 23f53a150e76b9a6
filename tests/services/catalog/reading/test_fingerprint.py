"""The identity of audio: unchanged by whatever a tagger does, changed by other audio."""

import subprocess
from pathlib import Path

import mutagen
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.apev2 import APEv2
from mutagen.flac import FLAC
from mutagen.id3 import ID3, TIT2

from support.audio import KINDS, audio_bytes, ffmpeg, make_audio
from support.images import noise
from support.tagging import write_tags
from tutti.services.catalog.service.reading import audio_file
from tutti.services.catalog.service.reading.audio_file import AudioFile
from tutti.services.catalog.service.reading.fingerprint import WINDOW_BYTES, fingerprint_spans
from tutti.services.catalog.service.reading.reader import read_file

LARGE = noise(400)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def fingerprint(path: Path) -> str:
    return read_file(path).audio_fingerprint


def test_tagging_keeps_the_identity(kind: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", kind, seconds=3)
    untagged = fingerprint(path)

    write_tags(path, {"title": ["Title"], "artist": ["Somebody"], "comment": ["x" * 3000]})
    with_text = fingerprint(path)
    assert len(LARGE) > 100_000
    write_tags(path, {"title": ["Another"]}, LARGE)
    with_cover = fingerprint(path)
    write_tags(path, {})

    assert {untagged, with_text, with_cover, fingerprint(path)} == {untagged}


def test_other_audio_is_another_track(kind: str, tmp_path: Path) -> None:
    paths = [make_audio(tmp_path, str(pitch), kind, seconds=3, pitch_hz=pitch) for pitch in (440, 441, 880)]
    for path in paths:
        write_tags(path, {"title": ["The same"]})
    longer = make_audio(tmp_path, "longer", kind, seconds=3.5)

    assert len({fingerprint(path) for path in [*paths, longer]}) == 4


def test_formats_do_not_share_identities(tmp_path: Path) -> None:
    found = {kind: fingerprint(make_audio(tmp_path, kind, kind)) for kind in KINDS}
    assert len(set(found.values())) == len(found)


def test_an_mp3_keeps_it_under_every_tag_at_either_end(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "mp3", seconds=3)
    untagged = fingerprint(path)

    id3 = ID3()
    id3.add(TIT2(encoding=3, text="v2"))
    id3.save(path, v1=2)  # ID3v2 before, ID3v1 after
    ape = APEv2()
    ape["Title"] = "ape"
    ape.save(path)
    assert b"APETAGEX" in path.read_bytes()[-200:]
    assert fingerprint(path) == untagged

    audio = audio_bytes("mp3", seconds=3)
    lyrics = b"LYRICSBEGININD00002110LYR00005Words"
    lyrics3 = lyrics + b"%06d" % len(lyrics) + b"LYRICS200"
    for tail in (lyrics3, lyrics3 + b"TAG" + b"\0" * 125, b"TAG" + b"\0" * 125):
        path.write_bytes(audio + tail)
        assert fingerprint(path) == untagged


def test_an_mp3_keeps_it_behind_junk(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "mp3")
    untagged = fingerprint(path)
    path.write_bytes(b"\0" * 1777 + audio_bytes("mp3"))
    assert fingerprint(path) == untagged


def test_flac_keeps_it_when_compressed_anew(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "flac", seconds=2)
    again = tmp_path / "again.flac"
    subprocess.run([ffmpeg(), "-v", "error", "-i", path, "-c:a", "flac", "-compression_level", "0", again], check=True)
    assert again.stat().st_size != path.stat().st_size
    assert fingerprint(again) == fingerprint(path)


def test_flac_without_its_hash_goes_by_its_frames(tmp_path: Path) -> None:
    def forget(name: str, pitch_hz: int) -> Path:
        path = make_audio(tmp_path, name, "flac", pitch_hz=pitch_hz)
        content = bytearray(path.read_bytes())
        content[8 + 18 : 8 + 34] = bytes(16)  # the MD5 in STREAMINFO
        path.write_bytes(content)
        return path

    path, other = forget("song", 440), forget("other", 550)
    untagged = fingerprint(path)
    assert untagged != fingerprint(other)
    file = FLAC(path)
    file["title"] = "Title"
    file.save(padding=lambda _: 50_000)
    assert fingerprint(path) == untagged


def test_a_fragmented_mp4_is_one_stream(tmp_path: Path) -> None:
    whole = make_audio(tmp_path, "whole", "m4a", seconds=3)
    fragmented = tmp_path / "fragmented.m4a"
    command = [ffmpeg(), "-v", "error", "-i", whole, "-c", "copy", "-movflags", "frag_keyframe+empty_moov"]
    subprocess.run([*command, "-frag_duration", "500000", fragmented], check=True)
    assert fragmented.read_bytes().count(b"mdat") > 3
    assert fingerprint(fragmented) == fingerprint(whole)


def test_moving_the_index_of_an_mp4_keeps_it(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "alac")
    moved = tmp_path / "moved.m4a"
    command = [ffmpeg(), "-v", "error", "-i", path, "-c", "copy", "-movflags", "faststart", moved]
    subprocess.run(command, check=True)
    assert moved.read_bytes().index(b"moov") < moved.read_bytes().index(b"mdat")
    assert fingerprint(moved) == fingerprint(path)


def test_its_cost_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = (make_audio(tmp_path, f"{seconds}", "wav", seconds=seconds) for seconds in (2, 40))
    read = 0
    pread = audio_file.os.pread

    def counted(fd: int, length: int, offset: int) -> bytes:
        nonlocal read
        content = pread(fd, length, offset)
        read += len(content)
        return content

    monkeypatch.setattr(audio_file.os, "pread", counted)
    read_file(small)
    read_of_small, read = read, 0
    read_file(large)
    assert large.stat().st_size > 15 * small.stat().st_size
    assert read <= read_of_small < 64 * 1024


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=9_000), min_size=1, max_size=4), st.data())
def test_pieces_count_as_one_stream(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], data: st.DataObject
) -> None:
    """Where the pieces lie and how they are cut does not matter; every byte in a window does."""
    path = tmp_path_factory.mktemp("spans") / "file"
    content, spans = b"", []
    for piece in pieces:
        content += b"between" * data.draw(st.integers(0, 3))
        spans.append((len(content), len(piece)))
        content += piece
    path.write_bytes(content + b"behind")
    whole = b"".join(pieces)
    (joined := path.with_name("joined")).write_bytes(whole)
    with AudioFile(str(path)) as file, AudioFile(str(joined)) as one:
        expected = fingerprint_spans(one, "any", [(0, len(whole))])
        assert fingerprint_spans(file, "any", spans) == expected
        assert fingerprint_spans(one, "other", [(0, len(whole))]) != expected
    at = data.draw(st.integers(0, min(len(whole), WINDOW_BYTES) - 1))
    joined.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with AudioFile(str(joined)) as changed:
        assert fingerprint_spans(changed, "any", [(0, len(whole))]) != expected


def test_mutagen_did_write_what_these_tests_rely_on(kind: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", kind)
    write_tags(path, {"title": ["Title"]}, LARGE)
    assert path.stat().st_size > len(LARGE)
    assert mutagen.File(path).tags
