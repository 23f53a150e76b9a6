"""Files that cannot be taken in say why, in words."""

import os
import pickle
import zipfile
from pathlib import Path

import pytest

from support.audio import KINDS, audio_bytes, make_audio
from support.images import cover, noise
from support.tagging import write_tags
from tutti.services.catalog.service.reading.covers import read_embedded_cover
from tutti.services.catalog.service.reading.reader import read_file
from tutti.services.catalog.service.reading.track_tags import UnreadableFile


def reason(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_file(path)
    assert str(caught.value) == caught.value.reason
    return caught.value.reason


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("extension", sorted({kind.extension for kind in KINDS.values()}))
def test_what_only_claims_to_be_audio(extension: str, tmp_path: Path) -> None:
    path = tmp_path / f"song{extension}"
    assert reason(written(path, b"")) == "the file is empty"
    if extension in (".mp3", ".aac"):
        zeros = other = f"it holds no {'MPEG audio' if extension == '.mp3' else 'AAC stream'}"
    else:
        zeros, other = "damaged: it begins with nothing but zeros", f"not audio although its name ends in {extension}"
    assert reason(written(path, bytes(50_000))) == zeros
    for content in (b"<!DOCTYPE html><p>Not found" * 50, cover(), noise(200), b"%PDF-1.7\n" + bytes(range(256)) * 9):
        assert reason(written(path, content)) == other


def test_an_archive_is_no_audio(tmp_path: Path) -> None:
    path = tmp_path / "album.flac"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("song.flac", audio_bytes("flac"))
    assert reason(path) == "not audio although its name ends in .flac"


def test_what_the_system_refuses(tmp_path: Path) -> None:
    assert reason(tmp_path / "gone.mp3") == "the file is gone"
    (tmp_path / "folder.mp3").mkdir()
    assert reason(tmp_path / "folder.mp3") == "it is no regular file"
    (tmp_path / "loop.mp3").symlink_to(tmp_path / "loop.mp3")
    assert reason(tmp_path / "loop.mp3") == "it is a link that leads nowhere"
    assert reason(tmp_path / ("x" * 300)) == "its path is too long"
    assert reason(tmp_path / "nul\0.mp3") == "its path holds a NUL"


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    assert reason(tmp_path / "pipe.mp3") == "it is no regular file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_without_permission(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "mp3")
    path.chmod(0)
    assert reason(path) == "no permission to read the file"


def test_permission_as_the_system_reports_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    path = make_audio(tmp_path, "song", "mp3")
    monkeypatch.setattr(os, "open", refuse)
    assert reason(path) == "no permission to read the file"


def test_a_disk_that_fails_while_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_audio(tmp_path, "song", "mp3", seconds=5)
    pread = os.pread

    def fail(fd: int, length: int, offset: int) -> bytes:
        if offset > 20_000:
            raise OSError(5, "Input/output error")
        return pread(fd, length, offset)

    monkeypatch.setattr(os, "pread", fail)
    assert reason(path) == "the disk could not read it"


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"mp3", "mp3-vbr", "adts"}))
def test_a_header_cut_short(kind: str, tmp_path: Path) -> None:
    for length in (24, 31):
        path = written(tmp_path / f"song{KINDS[kind].extension}", audio_bytes(kind)[:length])
        said = reason(path)
        assert said.startswith(("cut short", "damaged")), said


def test_an_mp4_cut_short(tmp_path: Path) -> None:
    content = audio_bytes("m4a", seconds=3)
    path = tmp_path / "song.m4a"
    assert reason(written(path, content[:-300])) == "cut short: the file ends inside its header"
    assert reason(written(path, content[: content.index(b"moov") - 4])) == "cut short: its index is missing"
    assert reason(written(path, content[: len(content) // 2])) == "cut short: the file ends before its audio does"


def test_tags_alone_are_no_track(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "mp3")
    write_tags(path, {"title": ["Title"]}, noise(100))
    content = path.read_bytes()
    assert reason(written(path, content[: -len(audio_bytes("mp3"))])) == "it holds no MPEG audio"
    blocks = audio_bytes("flac").partition(b"\xff\xf8")[0]
    assert reason(written(tmp_path / "a.flac", blocks)) == "cut short: the file ends before its audio"


@pytest.mark.parametrize("kind", ["mp3", "adts", "flac", "ogg", "opus", "wav", "aiff", "wv", "wma"])
def test_audio_cut_short_is_still_a_track(kind: str, tmp_path: Path) -> None:
    """Players play what is there; only an MP4 without its end or index is lost."""
    content = audio_bytes(kind, seconds=4)
    path = written(tmp_path / f"song{KINDS[kind].extension}", content[: len(content) * 3 // 4])
    assert read_file(path).audio.duration_ms > 0


def test_protected_files(tmp_path: Path) -> None:
    content = audio_bytes("m4a")
    path = written(tmp_path / "song.m4a", content.replace(b"mp4a", b"drms"))
    assert reason(path) == "it is copy-protected"


def test_codecs_that_we_do_not_know(tmp_path: Path) -> None:
    mp4 = audio_bytes("m4a").replace(b"mp4a", b"twos")
    assert reason(written(tmp_path / "a.m4a", mp4)) == "it holds a codec that is not supported (twos)"
    wav = bytearray(audio_bytes("wav"))
    wav[20:22] = b"\x34\x12"
    assert reason(written(tmp_path / "a.wav", wav)) == "it holds a codec that is not supported (WAVE format 0x1234)"
    speex = audio_bytes("ogg").replace(b"\x01vorbis", b"Speex  ", 1)
    assert reason(written(tmp_path / "a.ogg", speex)) == "it holds no Vorbis, Opus or FLAC audio"


def test_covers_fail_the_same_way(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="the file is gone"):
        read_embedded_cover(tmp_path / "gone.mp3")


def test_the_reason_crosses_process_borders() -> None:
    error = pickle.loads(pickle.dumps(UnreadableFile("the file is empty")))
    assert error.reason == "the file is empty"


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "mp3")
    broken = written(tmp_path / "broken.flac", b"fLaC")
    before = len([*Path("/proc/self/fd").iterdir()])
    for _ in range(20):
        read_file(path)
        reason(broken)
        reason(tmp_path)
    assert len([*Path("/proc/self/fd").iterdir()]) == before
