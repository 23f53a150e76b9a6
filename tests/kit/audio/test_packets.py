"""Packets come out of ffmpeg's stream whole, however it is cut, and nonsense is refused."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutti.kit.audio.flac import frame_number
from tutti.kit.audio.packets import BadTransport, PacketReader


def box(kind: bytes, *content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + sum(map(len, content)), kind) + b"".join(content)


def fragment(packets: list[bytes], *, durations: bool) -> bytes:
    sizes = [value for packet in packets for value in ((1024, len(packet)) if durations else (len(packet),))]
    flags = 0x301 if durations else 0x201
    run = box(b"trun", struct.pack(f">III{len(sizes)}I", flags, len(packets), 0, *sizes))
    header = box(b"tfhd", struct.pack(">II", 0x20000, 1))
    return box(b"moof", box(b"mfhd", bytes(8)), box(b"traf", header, run)) + box(b"mdat", *packets)


@given(st.lists(st.lists(st.binary(max_size=60), min_size=1, max_size=5), max_size=5), st.booleans(), st.data())
def test_a_stream_in_any_pieces_gives_the_same_packets(
    fragments: list[list[bytes]], durations: bool, data: st.DataObject
) -> None:
    stream = box(b"ftyp", b"iso5") + box(b"moov", bytes(100))
    stream += b"".join(fragment(packets, durations=durations) for packets in fragments)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    reader = PacketReader()

    read = [
        packet
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for packet in reader.feed(stream[start:end])
    ]

    reader.end()
    assert read == [packet for packets in fragments for packet in packets]


def test_packets_of_one_size_need_no_table() -> None:
    header = box(b"tfhd", struct.pack(">IIII", 0x18, 1, 1024, 3))
    run = box(b"trun", struct.pack(">III", 0x1, 2, 0))
    stream = box(b"moof", box(b"traf", header, run)) + box(b"mdat", b"abcdef")

    assert PacketReader().feed(stream) == [b"abc", b"def"]


def test_a_stream_cut_in_a_box_is_noticed() -> None:
    reader = PacketReader()
    reader.feed(fragment([b"abc", b"def"], durations=False)[:-1])
    with pytest.raises(BadTransport, match="middle"):
        reader.end()


def test_packets_that_do_not_fill_their_box_are_noticed() -> None:
    stream = fragment([b"abc"], durations=False)[:-11] + box(b"mdat", b"ab")
    with pytest.raises(BadTransport):
        PacketReader().feed(stream)


@given(st.binary(max_size=200))
def test_nonsense_is_refused_or_waited_on_but_never_worse(nonsense: bytes) -> None:
    for stream in (nonsense, box(b"moof", nonsense), box(b"moof", box(b"traf", box(b"tfhd", nonsense)))):
        reader = PacketReader()
        try:
            reader.feed(stream)
            reader.end()
        except BadTransport:
            continue


@given(st.integers(0, 2**31 - 1))
def test_the_number_of_a_flac_frame(number: int) -> None:
    """RFC 9639 §9.1.5: coded like UTF-8, which up to U+10FFFF is Python's own."""
    if number < 0x110000 and not 0xD800 <= number < 0xE000:
        coded = chr(number).encode()
    else:
        length = next(n for n in range(2, 8) if number < 1 << (5 * n + 1))
        lead = 0xFF << (8 - length) & 0xFF
        shift = 6 * (length - 1)
        coded = bytes([lead | number >> shift, *(0x80 | number >> s & 0x3F for s in range(shift - 6, -1, -6))])
    assert frame_number(b"\xff\xf8\xc9\x18" + coded + bytes(8)) == number


@pytest.mark.parametrize("packet", [b"", b"\xff\xf9\xc9\x18" + bytes(10), b"RIFF" + bytes(10)])
def test_what_is_no_flac_frame_of_fixed_length(packet: bytes) -> None:
    with pytest.raises(ValueError, match="FLAC"):
        frame_number(packet)
