"""ID3v2 as the standards say it, and as taggers wrote it."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen import id3

from support.tagging import id3_frames
from tutti.services.catalog.service.reading.id3 import MAX_FRAMES, read_id3, tag_size
from tutti.services.catalog.service.reading.id3_text import decode, decode_list, split_terminated
from tutti.services.catalog.service.reading.raw_tags import MAX_VALUES
from tutti.services.catalog.service.reading.track_tags import SyncedLine


def syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def tag(*frames: bytes, version: int = 4, flags: int = 0) -> bytes:
    body = b"".join(frames)
    return b"ID3" + bytes([version, 0, flags]) + syncsafe(len(body)) + body


def frame(name: str, payload: bytes, *, flags: int = 0, plain_size: bool = False) -> bytes:
    size = struct.pack(">I", len(payload)) if plain_size else syncsafe(len(payload))
    return name.encode() + size + struct.pack(">H", flags) + payload


def text(name: str, value: str) -> bytes:
    return frame(name, b"\x03" + value.encode())


def written(version: int, *frames: id3.Frame) -> bytes:
    """The same frames as mutagen writes them."""
    tags, target = id3.ID3(), BytesIO()
    for one in frames:
        tags.add(one)
    if version == 3:
        tags.update_to_v23()
    tags.save(target, v2_version=version, v23_sep="/" if version == 3 else None)
    return target.getvalue()


def test_what_mutagen_writes_reads_the_same_in_both_versions() -> None:
    tags = {"title": ["Title"], "artist": ["Größe"], "date": ["1999-05-04"], "comment": ["a\nb"], "barcode": ["123"]}
    for version in (3, 4):
        raw = read_id3(written(version, *id3_frames(tags)))
        assert raw.fields["title"] == ["Title"]
        assert raw.fields["artist"] == ["Größe"]
        assert raw.fields["comment"] == ["a\nb"]
        assert raw.fields["barcode"] == ["123"]
        if version == 4:
            assert raw.fields["date"] == ["1999-05-04"]
        else:
            assert (raw.fields["year"], raw.fields["daymonth"]) == (["1999"], ["0405"])


def test_lists_are_separated_by_nul() -> None:
    raw = read_id3(tag(text("TPE1", "One\0Two\0"), text("TXXX", "ARTISTS\0One\0Two")))
    assert raw.fields["artist"] == raw.fields["artists"] == ["One", "Two"]
    assert not raw.slash_lists
    assert read_id3(tag(text("TPE1", "One/Two"), version=3)).slash_lists


def test_version_2_2() -> None:
    def old(name: str, payload: bytes) -> bytes:
        return name.encode() + len(payload).to_bytes(3, "big") + payload

    picture = old("PIC", b"\x00JPG\x03a cover\0" + b"\xff\xd8image")
    raw = read_id3(tag(old("TT2", b"\0Title"), old("TYE", b"\x001987"), old("TCP", b"\x001"), picture, version=2))
    assert raw.fields == {"title": ["Title"], "year": ["1987"], "compilation": ["1"]}
    assert raw.front_cover() == b"\xff\xd8image"


def test_sizes_as_itunes_wrote_them() -> None:
    long = text("TIT2", "x" * 300)
    for plain in (True, False):
        first = frame("TALB", b"\x03" + b"y" * 299, plain_size=plain)
        raw = read_id3(tag(first, frame("TIT2", b"\x03" + b"x" * 300, plain_size=plain)))
        assert raw.fields == {"album": ["y" * 299], "title": ["x" * 300]}
    assert read_id3(tag(long) + b"\0" * 50).fields == {"title": ["x" * 300]}


def test_unsynchronisation() -> None:
    payload = b"\x00" + b"\xff\xfe\xff\x00".decode("latin-1").encode("latin-1")
    stuffed = payload.replace(b"\xff\x00", b"\xff\x00\x00").replace(b"\xff\xfe", b"\xff\x00\xfe")
    expected = payload[1:].decode("latin-1").rstrip("\0")
    whole_tag = frame("TIT2", payload, plain_size=True).replace(b"\xff\x00", b"\xff\x00\x00")
    whole_tag = whole_tag.replace(b"\xff\xfe", b"\xff\x00\xfe")
    assert read_id3(tag(whole_tag, version=3, flags=0x80)).fields["title"] == [expected]
    assert read_id3(tag(frame("TIT2", stuffed, flags=0x02))).fields["title"] == [expected]
    assert read_id3(tag(frame("TIT2", stuffed), flags=0x80)).fields["title"] == [expected]


def test_compressed_grouped_and_encrypted_frames() -> None:
    content = b"\x03Title"
    packed = zlib.compress(content)
    in_24 = frame("TIT2", b"\x07" + len(content).to_bytes(4, "big") + packed, flags=0x08 | 0x40 | 0x01)
    in_23 = frame("TIT2", len(content).to_bytes(4, "big") + packed, flags=0x80)
    assert read_id3(tag(in_24)).fields == {"title": ["Title"]}
    assert read_id3(tag(in_23, version=3)).fields == {"title": ["Title"]}
    assert read_id3(tag(frame("TIT2", b"x" + content, flags=0x04), text("TALB", "Album"))).fields == {
        "album": ["Album"]
    }
    assert read_id3(tag(frame("TIT2", b"\0\0\0\1nonsense", flags=0x09))).fields == {}


def test_an_extended_header_is_skipped_if_it_is_there() -> None:
    in_24 = tag(syncsafe(6) + b"\x01\x00", text("TIT2", "Title"), flags=0x40)
    in_23 = tag(b"\0\0\0\x06" + b"\0" * 6, text("TIT2", "Title"), version=3, flags=0x40)
    missing = tag(text("TIT2", "Title"), flags=0x40)
    assert [read_id3(one).fields for one in (in_24, in_23, missing)] == [{"title": ["Title"]}] * 3


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        (1, "Ночь Ω".encode("utf-16")),
        (1, b"\xfe\xff" + "Ночь Ω".encode("utf-16-be")),
        (1, "Ночь Ω".encode("utf-16-le")),  # no mark: as Windows has it
        (2, "Ночь Ω".encode("utf-16-be")),
        (2, b"\xff\xfe" + "Ночь Ω".encode("utf-16-le")),  # says big-endian, and is not
        (3, "Ночь Ω".encode()),
    ],
)
def test_every_encoding(encoding: int, raw: bytes) -> None:
    assert decode(encoding, raw) == "Ночь Ω"


def test_utf_16_without_a_mark_goes_by_its_zeros() -> None:
    assert decode(1, "Title".encode("utf-16-be")) == "Title"
    assert decode(1, "Title".encode("utf-16-le")) == "Title"


def test_every_string_of_a_utf_16_list_may_have_its_own_order() -> None:
    mixed = "One\0".encode("utf-16") + b"\xfe\xff" + "Two".encode("utf-16-be")
    assert decode_list(b"\x01" + mixed) == ["One", "Two"]


def test_zeros_across_two_characters_end_no_text() -> None:
    raw = "Āb\0rest".encode("utf-16-be")  # 01 00 00 62: two zeros that belong to two characters
    assert split_terminated(2, raw) == ("Āb", "rest".encode("utf-16-be"))


def test_people_and_their_roles() -> None:
    raw = read_id3(
        written(
            4,
            id3.TIPL(encoding=3, people=[["producer", "Eno"], ["mix", "Lanois"]]),
            id3.TMCL(encoding=3, people=[["bass", "Clayton"]]),
        )
    )
    assert sorted(raw.people) == [("bass", "Clayton"), ("mix", "Lanois"), ("producer", "Eno")]
    old = read_id3(tag(frame("IPLS", b"\0engineer\0Steve\0"), version=3))
    assert old.people == [("engineer", "Steve")]


def test_synced_lyrics() -> None:
    lines = [("First", 1200), ("Second", 3400)]
    raw = read_id3(written(4, id3.SYLT(encoding=1, lang="eng", format=2, type=1, desc="d", text=lines)))
    assert raw.synced_lyrics == [SyncedLine(1200, "First"), SyncedLine(3400, "Second")]
    chords = id3.SYLT(encoding=3, lang="eng", format=2, type=5, desc="", text=[("Am", 0)])
    in_frames = id3.SYLT(encoding=3, lang="eng", format=1, type=1, desc="", text=[("Word", 7)])
    assert read_id3(written(4, chords)).synced_lyrics == read_id3(written(4, in_frames)).synced_lyrics == []


def test_relative_volume_is_gain() -> None:
    volume = id3.RVA2(desc="track", channel=1, gain=-6.5, peak=0.9)
    assert read_id3(written(4, volume)).fields == {"rg_track_gain": ["-6.5"]}


def test_players_notes_are_no_comments() -> None:
    note = id3.COMM(encoding=3, lang="eng", desc="iTunNORM", text=["00000A"])
    real = id3.COMM(encoding=3, lang="eng", desc="", text=["Real"])
    assert read_id3(written(4, note, real)).fields == {"comment": ["Real"]}


def test_endless_lists_and_tags_end() -> None:
    raw = read_id3(tag(text("TPE1", "\0".join(map(str, range(100_000))))))
    assert len(raw.fields["artist"]) <= MAX_VALUES
    frames = tag(*[text("TIT2", "x")] * (MAX_FRAMES + 10), text("TALB", "too late"))
    assert "album" not in read_id3(frames).fields


def test_a_zip_bomb_is_not_inflated() -> None:
    bomb = zlib.compress(b"\x03" + b"A" * 200_000_000, 9)
    raw = read_id3(tag(frame("TIT2", b"\0\0\0\1" + bomb, flags=0x09)))
    assert len(raw.fields["title"][0]) <= 1024 * 1024


def test_sizes_of_tags() -> None:
    assert tag_size(b"ID3\x04\0\0\0\0\x02\x01") == 10 + 257
    assert tag_size(b"ID3\x04\0\x10\0\0\x02\x01") == 20 + 257
    assert tag_size(b"ID3") == tag_size(b"fLaC123456") == 0


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from([2, 3, 4]), st.integers(0, 255))
def test_nothing_makes_it_fail(body: bytes, version: int, flags: int) -> None:
    read_id3(tag(body, version=version, flags=flags))


_FRAME_NAMES = ["TIT2", "TPE1", "TXXX", "COMM", "USLT", "SYLT", "APIC", "TIPL", "UFID", "RVA2", "TCON"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_FRAME_NAMES), st.binary(max_size=60), st.sampled_from([0, 1, 2, 8, 64]))))
def test_nor_does_any_frame(frames: list[tuple[str, bytes, int]]) -> None:
    read_id3(tag(*[frame(name, payload, flags=flags) for name, payload, flags in frames]))


_VALUES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff\ufffe"), min_size=1), min_size=1)


@settings(deadline=None)
@given(_VALUES, st.sampled_from([1, 2, 3]))
def test_any_text_survives_in_any_encoding(values: list[str], encoding: int) -> None:
    codec = {1: "utf-16", 2: "utf-16-be", 3: "utf-8"}[encoding]
    payload = bytes([encoding]) + "\0".join(values).encode(codec)
    assert decode_list(payload) == values[:MAX_VALUES]
