"""Fragmented MP4 with one track of sound: the init segment and the media segments of HLS.

ISO/IEC 14496-12 (boxes), 14496-14 and 14496-1 (AAC's sample entry and descriptors), 23000-19 (CMAF: one `moof` and one
`mdat` a segment), and "Encapsulation of FLAC in ISO Base Media File Format" of the Xiph.Org Foundation.
"""

import struct
from collections.abc import Sequence

from tutti.kit.audio.grid import Grid
from tutti.kit.audio.rungs import Extent, Rung

_TRACK = 1
_UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_EVERY_PACKET_STANDS_ALONE = 0x02000000
_AAC_RATES_HZ = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000)
_LOW_COMPLEXITY = 2
_NO_SPECTRAL_BANDS = bytes.fromhex("56e500")
"""Says that spectral band replication is absent, which decoders would else look for at low sample rates."""
_MPEG4_AUDIO = 0x40
_AUDIO_STREAM = 0x15


def init_segment(rung: Rung, grid: Grid, extent: Extent) -> bytes:
    """Return what comes before the segments of a rung: how it is encoded, and how much at the start is not heard."""
    return _box(b"ftyp", b"iso6", _u32(0), b"iso6", b"mp41", b"cmfc") + _box(
        b"moov", _movie_header(), _track(rung, grid, extent), _box(b"mvex", _track_extends())
    )


def media_segment(grid: Grid, number: int, packets: Sequence[bytes]) -> bytes:
    """Return segment ``number`` of the grid, which holds exactly these packets.

    Raises:
        ValueError: these are not as many packets as the segment has.
    """
    first = grid.first_packet(number)
    if len(packets) != grid.first_packet(number + 1) - first:
        raise ValueError(f"segment {number} cannot hold {len(packets)} packets")
    durations = [grid.packet_duration(packet) for packet in range(first, first + len(packets))]
    content = b"".join(packets)
    return b"".join(
        (
            _box(b"styp", b"msdh", _u32(0), b"msdh", b"msix", b"cmfs"),
            _fragment(number + 1, grid.start_sample(first), [len(packet) for packet in packets], durations),
            _u32(8 + len(content)),
            b"mdat",
            content,
        )
    )


def _fragment(sequence: int, start: int, sizes: Sequence[int], durations: Sequence[int]) -> bytes:
    usual = durations[0]
    uniform = all(duration == usual for duration in durations)
    header = _full_box(b"tfhd", 0, 0x020028, _u32(_TRACK), _u32(usual), _u32(_EVERY_PACKET_STANDS_ALONE))
    time = _full_box(b"tfdt", 1, 0, struct.pack(">Q", start))
    rows = sizes if uniform else [value for pair in zip(durations, sizes, strict=True) for value in pair]
    table = struct.pack(f">{len(rows)}I", *rows)

    def fragment(offset: int) -> bytes:
        run = _full_box(b"trun", 0, 0x201 if uniform else 0x301, _u32(len(sizes)), _u32(offset), table)
        return _box(b"moof", _full_box(b"mfhd", 0, 0, _u32(sequence)), _box(b"traf", header, time, run))

    return fragment(len(fragment(0)) + 8)


def _movie_header() -> bytes:
    fields = (struct.pack(">IIIIIH", 0, 0, 1000, 0, 0x10000, 0x100), bytes(10), _UNITY, bytes(24), _u32(_TRACK + 1))
    return _full_box(b"mvhd", 0, 0, *fields)


def _track(rung: Rung, grid: Grid, extent: Extent) -> bytes:
    fields = (
        struct.pack(">IIIII", 0, 0, _TRACK, 0, 0),
        bytes(8),
        struct.pack(">HHHH", 0, 0, 0x100, 0),
        _UNITY,
        bytes(8),
    )
    header = _full_box(b"tkhd", 0, 7, *fields)
    # A duration of 0 means "to the end" in fragmented files.
    edits = (
        _full_box(b"elst", 0, 0, struct.pack(">IIIHH", 1, 0, grid.delay_samples, 1, 0)) if grid.delay_samples else b""
    )
    return _box(b"trak", header, _box(b"edts", edits) if edits else b"", _media(rung, grid, extent))


def _media(rung: Rung, grid: Grid, extent: Extent) -> bytes:
    language = 0x55C4  # "und"
    entry = _aac_entry(rung, grid, extent) if rung.codec == "aac" else _flac_entry(extent)
    empty = [_full_box(kind, 0, 0, _u32(0)) for kind in (b"stts", b"stsc")]
    table = _box(
        b"stbl",
        _full_box(b"stsd", 0, 0, _u32(1), entry),
        *empty,
        _full_box(b"stsz", 0, 0, _u32(0), _u32(0)),
        _full_box(b"stco", 0, 0, _u32(0)),
    )
    inside = _box(b"dinf", _full_box(b"dref", 0, 0, _u32(1), _full_box(b"url ", 0, 1)))
    return _box(
        b"mdia",
        _full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, grid.timescale_hz, 0, language, 0)),
        _full_box(b"hdlr", 0, 0, _u32(0), b"soun", bytes(12), b"Sound\0"),
        _box(b"minf", _full_box(b"smhd", 0, 0, _u32(0)), inside, table),
    )


def _track_extends() -> bytes:
    return _full_box(b"trex", 0, 0, struct.pack(">IIIII", _TRACK, 1, 0, 0, _EVERY_PACKET_STANDS_ALONE))


def _aac_entry(rung: Rung, grid: Grid, extent: Extent) -> bytes:
    channels = min(extent.channels, 2)
    packed = _LOW_COMPLEXITY << 11 | _AAC_RATES_HZ.index(grid.timescale_hz) << 7 | channels << 3
    specific = _descriptor(5, struct.pack(">H", packed), _NO_SPECTRAL_BANDS)
    bit_rate = rung.bit_rate_kbps * 1000
    fields = struct.pack(">BB", _MPEG4_AUDIO, _AUDIO_STREAM), bytes(3), _u32(bit_rate), _u32(bit_rate)
    stream = _descriptor(3, bytes(3), _descriptor(4, *fields, specific), _descriptor(6, b"\x02"))
    return _sample_entry(b"mp4a", channels, 16, grid.timescale_hz, _full_box(b"esds", 0, 0, stream))


def _flac_entry(extent: Extent) -> bytes:
    assert extent.flac is not None
    last_block = struct.pack(">I", 0x80 << 24 | len(extent.flac.streaminfo))
    rate = extent.sample_rate_hz
    while rate > 0xFFFF and rate % 2 == 0:  # as the encapsulation says: the greatest regular division that fits
        rate //= 2
    config = _full_box(b"dfLa", 0, 0, last_block, extent.flac.streaminfo)
    return _sample_entry(b"fLaC", extent.channels, extent.flac.bit_depth, min(rate, 0xFFFF), config)


def _sample_entry(kind: bytes, channels: int, bit_depth: int, rate_hz: int, config: bytes) -> bytes:
    fields = struct.pack(">HHHHI", channels, bit_depth, 0, 0, rate_hz << 16)
    return _box(kind, bytes(6), struct.pack(">H", 1), bytes(8), fields, config)


def _descriptor(tag: int, *content: bytes) -> bytes:
    joined = b"".join(content)
    return bytes((tag, len(joined))) + joined


def _full_box(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    return _box(kind, _u32(version << 24 | flags), *content)


def _box(kind: bytes, *content: bytes) -> bytes:
    return _u32(8 + sum(map(len, content))) + kind + b"".join(content)


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "big")
