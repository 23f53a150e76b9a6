"""Packets out of the fragmented MP4 that ffmpeg writes into a pipe: only a transport, its times are not used."""

import struct
from collections.abc import Iterator

from tutti.kit.audio.errors import AudioError

_BOX_LIMIT_BYTES = 64 * 1024 * 1024
_DATA_OFFSET, _FIRST_FLAGS = 0x1, 0x4
_COLUMNS = (0x100, 0x200, 0x400, 0x800)
"""Duration, size, flags, composition time: what a row of a `trun` box may hold, in this order."""
_SIZE = 0x200
_HEADER_FIELDS = ((0x1, 8), (0x2, 4), (0x8, 4))
"""Of a `tfhd` box, before the default size (0x10): base offset, description index, default duration."""


class BadTransport(AudioError):
    """ffmpeg wrote something that is not fragmented MP4 of one track."""


class PacketReader:
    """Takes a stream in pieces of any size and gives its packets in order."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._sizes: list[int] = []

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the packets that this piece completes.

        Raises:
            BadTransport: this is not what ffmpeg was asked for.
        """
        self._rest += piece
        packets: list[bytes] = []
        at = 0
        while (box := self._box_at(at)) is not None:
            kind, start, end = box
            if kind == b"moof":
                self._sizes = _sizes(memoryview(self._rest)[start:end])
            elif kind == b"mdat":
                packets += self._cut(start, end)
            at = end
        del self._rest[:at]
        return packets

    def end(self) -> None:
        """Say that nothing more comes.

        Raises:
            BadTransport: it was cut in the middle of a box.
        """
        if self._rest or self._sizes:
            raise BadTransport("what ffmpeg wrote ends in the middle of a box")

    def _box_at(self, at: int) -> tuple[bytes, int, int] | None:
        """Return kind, start and end of the content of the box that begins at ``at``, if all of it is there."""
        if len(self._rest) - at < 8:
            return None
        size, kind = struct.unpack_from(">I4s", self._rest, at)
        if not 8 <= size <= _BOX_LIMIT_BYTES:
            raise BadTransport(f"a box of {size} bytes")
        return (kind, at + 8, at + size) if len(self._rest) - at >= size else None

    def _cut(self, start: int, end: int) -> Iterator[bytes]:
        if sum(self._sizes) != end - start:
            raise BadTransport(f"{end - start} bytes for packets of {sum(self._sizes)}")
        for size in self._sizes:
            yield bytes(self._rest[start : start + size])
            start += size
        self._sizes = []


def _sizes(moof: memoryview) -> list[int]:
    """Return the sizes of the packets that a `moof` box lists."""
    try:
        fragment = [content for kind, content in _boxes(moof) if kind == b"traf"]
        parts = dict(_boxes(fragment[0]))
        runs = [content for kind, content in _boxes(fragment[0]) if kind == b"trun"]
        default = _default_size(parts[b"tfhd"])
        return [size for run in runs for size in _run_sizes(run, default)]
    except (struct.error, IndexError, KeyError) as error:
        raise BadTransport("a fragment that makes no sense") from error


def _boxes(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at = 0
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        if size < 8 or at + size > len(content):
            raise BadTransport(f"a box of {size} bytes in one of {len(content)}")
        yield kind, content[at + 8 : at + size]
        at += size


def _default_size(header: memoryview) -> int:
    (flags,) = struct.unpack_from(">I", header)
    if not flags & 0x10:
        return 0
    offset = 8 + sum(size for flag, size in _HEADER_FIELDS if flags & flag)
    (size,) = struct.unpack_from(">I", header, offset)
    return size


def _run_sizes(run: memoryview, default: int) -> list[int]:
    flags, count = struct.unpack_from(">II", run)
    start = 8 + (4 if flags & _DATA_OFFSET else 0) + (4 if flags & _FIRST_FLAGS else 0)
    columns = [flag for flag in _COLUMNS if flags & flag]
    if start + count * len(columns) * 4 > len(run):
        raise BadTransport(f"a run of {count} packets in {len(run)} bytes")
    if not flags & _SIZE:
        return [default] * min(count, _BOX_LIMIT_BYTES // max(default, 1))
    rows = struct.unpack_from(f">{count * len(columns)}I", run, start)
    return list(rows[columns.index(_SIZE) :: len(columns)])
