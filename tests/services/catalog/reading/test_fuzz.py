"""Real files, altered at random: nothing but UnreadableFile comes out, and soon."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.audio import KINDS, make_audio
from support.images import cover
from support.tagging import write_tags
from tutti.services.catalog.service.reading.covers import read_embedded_cover
from tutti.services.catalog.service.reading.reader import read_file
from tutti.services.catalog.service.reading.text import MAX_COMMENT_CHARS, MAX_LYRICS_CHARS, MAX_NAME_CHARS
from tutti.services.catalog.service.reading.track_tags import TrackTags, UnreadableFile

TAGS = {
    "title": ["Title"],
    "artist": ["One feat. Two"],
    "album": ["Album"],
    "tracknumber": ["1/2"],
    "date": ["1999-01-02"],
    "genre": ["Rock"],
    "composer": ["Somebody"],
    "comment": ["words"],
    "lyrics": ["[00:01.00]la"],
    "replaygain_track_gain": ["-1 dB"],
    "musicbrainz_trackid": ["8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"],
}
# Sizes and counts are what leads a parser astray: mostly these bytes are put in.
_EVIL = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF]

# Everything interesting is at the ends of the file.
_changes = st.lists(
    st.tuples(st.integers(-400, 1600), st.one_of(st.sampled_from(_EVIL), st.integers(0, 255)), st.integers(1, 8)),
    max_size=12,
)


@pytest.fixture(scope="module")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("tagged")
    paths = {kind: make_audio(folder, kind, kind, seconds=0.5) for kind in KINDS}
    for path in paths.values():
        write_tags(path, TAGS, cover())
    return paths


def check(path: Path) -> None:
    try:
        tags = read_file(path)
    except UnreadableFile as error:
        assert error.reason
        return
    check_bounds(tags)
    read_embedded_cover(path)


def check_bounds(tags: TrackTags) -> None:
    assert 0 < len(tags.title) <= MAX_NAME_CHARS
    assert len(tags.comment or "") <= MAX_COMMENT_CHARS
    assert len(tags.lyrics or "") <= MAX_LYRICS_CHARS
    assert all(artist.name for artist in tags.artists)
    assert tags.audio.duration_ms >= 0
    assert tags.audio.sample_rate_hz > 0
    assert len(tags.audio_fingerprint) == 32
    for text in (tags.title, tags.album, tags.comment, *(artist.name for artist in tags.artists)):
        (text or "").encode()


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=_changes, cut=st.one_of(st.none(), st.floats(0, 1)), again=st.integers(0, 3))
def test_altered_files(
    kind: str,
    tagged: dict[str, Path],
    tmp_path: Path,
    changes: list[tuple[int, int, int]],
    cut: float | None,
    again: int,
) -> None:
    content = bytearray(tagged[kind].read_bytes())
    for at, byte, length in changes:
        start = at % len(content)
        content[start : start + length] = bytes([byte]) * len(content[start : start + length])
    content += content[:500] * again
    if cut is not None:
        del content[int(cut * len(content)) :]
    path = tmp_path / tagged[kind].name
    path.write_bytes(content)
    check(path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_cut_in_the_header(kind: str, tagged: dict[str, Path], tmp_path: Path) -> None:
    content = tagged[kind].read_bytes()
    path = tmp_path / tagged[kind].name
    for length in range(1, 700, 7):
        path.write_bytes(content[:length])
        check(path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_size_field_at_its_largest(kind: str, tagged: dict[str, Path], tmp_path: Path) -> None:
    """Slide a large number, and a zero, over the header: one of the places is the size, the count or the offset."""
    content = tagged[kind].read_bytes()
    path = tmp_path / tagged[kind].name
    for at in range(0, 600, 3):
        for number in (b"\xff\xff\xff\xff", b"\0\0\0\0"):
            path.write_bytes(content[:at] + number + content[at + 4 :])
            check(path)


@given(st.binary(max_size=600), st.sampled_from(sorted({kind.extension for kind in KINDS.values()})))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_at_all(tmp_path: Path, content: bytes, extension: str) -> None:
    path = tmp_path / f"any{extension}"
    for start in (b"", b"ID3\x04\0\0", b"fLaC", b"OggS\0", b"RIFF....WAVE", b"\0\0\0\x08ftyp", b"MAC ", b"DSD "):
        path.write_bytes(start + content)
        check(path)
