"""Reads HLS in fragmented MP4 as a strict player would, from the bytes alone, and fails where it breaks a rule.

RFC 8216 for playlists, ISO/IEC 14496-12 for boxes. It shares no code with what it validates.
"""

import itertools
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_EXTINF = re.compile(r"#EXTINF:(\d+\.\d+),")
_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"edts", b"moof", b"traf"}
_AAC_RATES_HZ = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)


@dataclass
class Init:
    timescale_hz: int
    media_time: int
    codecs: str
    channels: int
    rate_hz: int


@dataclass
class Segment:
    start: int
    durations: list[int]
    sizes: list[int]
    size_bytes: int

    @property
    def end(self) -> int:
        return self.start + sum(self.durations)


@dataclass
class Variant:
    init: Init
    bandwidth: int = 0
    average: int = 0
    segments: list[Segment] = field(default_factory=list[Segment])
    listed_s: list[float] = field(default_factory=list[float])

    @property
    def starts_s(self) -> list[float]:
        """Where segments begin, as a listener hears it."""
        return [max(0, s.start - self.init.media_time) / self.init.timescale_hz for s in self.segments]


def validate(folder: Path) -> dict[str, Variant]:
    """Read a whole ladder from its master playlist on."""
    lines = (folder / "master.m3u8").read_text().splitlines()
    assert lines[0] == "#EXTM3U"
    assert "#EXT-X-INDEPENDENT-SEGMENTS" in lines
    variants: dict[str, Variant] = {}
    for line, uri in itertools.pairwise(lines):
        if not line.startswith("#EXT-X-STREAM-INF:"):
            continue
        said = dict(re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', line.partition(":")[2]))
        variant = variants[uri.split("/")[0]] = read_variant(folder / uri)
        variant.bandwidth, variant.average = int(said["BANDWIDTH"]), int(said["AVERAGE-BANDWIDTH"])
        assert said["CODECS"].strip('"') == variant.init.codecs
        check_rates(variant)
    assert variants
    check_alignment(list(variants.values()))
    return variants


def read_variant(playlist: Path) -> Variant:
    lines = playlist.read_text().splitlines()
    assert lines[0] == "#EXTM3U"
    assert lines[-1] == "#EXT-X-ENDLIST"
    assert {"#EXT-X-VERSION:7", "#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-MEDIA-SEQUENCE:0"} <= set(lines)
    (mapped,) = re.findall(r'#EXT-X-MAP:URI="([^"]+)"', playlist.read_text())
    (target,) = re.findall(r"#EXT-X-TARGETDURATION:(\d+)", playlist.read_text())
    variant = Variant(read_init((playlist.parent / mapped).read_bytes()))
    for line, uri in itertools.pairwise(lines):
        if found := _EXTINF.fullmatch(line):
            variant.listed_s.append(float(found[1]))
            variant.segments.append(read_segment((playlist.parent / uri).read_bytes()))
    check_times(variant, int(target))
    return variant


def check_times(variant: Variant, target_s: int) -> None:
    """Every segment begins where the one before it ends, and lasts as long as the playlist says."""
    assert variant.segments[0].start == 0
    for before, after in zip(variant.segments, variant.segments[1:], strict=False):
        assert after.start == before.end, f"tfdt {after.start} after {before.end}"
    for listed, segment in zip(variant.listed_s, variant.segments, strict=True):
        assert abs(listed - (segment.end - segment.start) / variant.init.timescale_hz) < 1e-5
        assert int(listed + 0.5) <= target_s


def check_rates(variant: Variant) -> None:
    """BANDWIDTH is at or above the rate of every segment; the average that of all of them."""
    for segment in variant.segments:
        assert (
            segment.size_bytes * 8 * variant.init.timescale_hz / (segment.end - segment.start) <= variant.bandwidth + 1
        )
    whole_s = variant.segments[-1].end / variant.init.timescale_hz
    average = sum(s.size_bytes for s in variant.segments) * 8 / whole_s
    assert abs(average - variant.average) <= 0.1 * average
    assert variant.average <= variant.bandwidth


def check_alignment(variants: list[Variant]) -> None:
    """All variants have as many segments; those of one packet length begin at the same sample, others within 0.2 s."""
    first = variants[0]
    for other in variants[1:]:
        assert len(other.segments) == len(first.segments)
        if other.init.codecs == first.init.codecs:
            assert [s.start for s in other.segments] == [s.start for s in first.segments]
        for a, b in zip(first.starts_s, other.starts_s, strict=True):
            assert abs(a - b) < 0.2


def read_init(content: bytes) -> Init:
    boxes = dict(_walk(content))
    assert content[4:8] == b"ftyp"
    (timescale,) = struct.unpack_from(">I", boxes[b"mdhd"], 12)
    edits = boxes.get(b"elst")
    media_time = struct.unpack_from(">IIi", edits, 4)[2] if edits else 0
    entry = boxes[b"stsd"][8:]
    kind = entry[4:8]
    channels, _, _, _, rate = struct.unpack_from(">HHHHI", entry, 24)
    config = entry[36:]
    if kind == b"fLaC":
        assert config[4:8] == b"dfLa"
        packed = int.from_bytes(config[16 + 10 : 16 + 18], "big")
        assert packed >> 44 == timescale
        assert (packed >> 41 & 7) + 1 == channels
        return Init(timescale, media_time, "fLaC", channels, packed >> 44)
    assert kind == b"mp4a"
    object_type, asc = _read_esds(config[12:])
    audio_type, rate_hz, said = asc[0] >> 3, _AAC_RATES_HZ[(asc[0] & 7) << 1 | asc[1] >> 7], asc[1] >> 3 & 15
    assert (rate_hz, said) == (rate >> 16, channels)
    assert rate_hz == timescale
    return Init(timescale, media_time, f"mp4a.{object_type:x}.{audio_type}", channels, rate_hz)


def read_segment(content: bytes) -> Segment:
    names = [name for name, _ in _walk(content)]
    assert [n for n in names if n in (b"styp", b"moof", b"mdat")] == [b"styp", b"moof", b"mdat"]
    boxes = dict(_walk(content))
    tfhd, tfdt, trun = boxes[b"tfhd"], boxes[b"tfdt"], boxes[b"trun"]
    assert tfdt[0] == 1
    (start,) = struct.unpack_from(">Q", tfdt, 4)
    assert int.from_bytes(tfhd[1:4], "big") == 0x020028
    (usual,) = struct.unpack_from(">I", tfhd, 8)
    flags = int.from_bytes(trun[1:4], "big")
    count, offset = struct.unpack_from(">II", trun, 4)
    rows = struct.unpack_from(f">{(len(trun) - 12) // 4}I", trun, 12)
    sizes, durations = (list(rows[1::2]), list(rows[::2])) if flags & 0x100 else (list(rows), [usual] * count)
    assert len(sizes) == len(durations) == count
    assert content[content.index(b"moof") - 4 + offset - 4 :][:4] == b"mdat"
    assert sum(sizes) == len(boxes[b"mdat"])
    return Segment(start, durations, sizes, len(content))


def _read_esds(esds: bytes) -> tuple[int, bytes]:
    assert esds[0] == 3
    assert esds[1] + 2 == len(esds)
    assert esds[5] == 4
    assert esds[20] == 5
    return esds[7], esds[22 : 22 + esds[21]]


def _walk(content: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, bytes]]:
    end = len(content) if end is None else end
    while start < end:
        size, name = struct.unpack_from(">I4s", content, start)
        assert 8 <= size <= end - start, f"{name!r} of {size} bytes"
        yield name, content[start + 8 : start + size]
        if name in _CONTAINERS:
            yield from _walk(content, start + 8, start + size)
        start += size
