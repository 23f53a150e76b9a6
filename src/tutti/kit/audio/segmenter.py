"""Packets into segments: the same for what is stored and what is made on demand."""

from collections.abc import Iterator, Sequence

from tutti.kit.audio.fmp4 import media_segment
from tutti.kit.audio.grid import Grid


class Segmenter:
    """Takes packets in order, the first of them being number ``packet``, and gives segments ``first`` to ``end``."""

    def __init__(self, grid: Grid, packet: int, first: int, end: int) -> None:
        if packet > grid.first_packet(first):
            raise ValueError(f"segment {first} begins before packet {packet}")
        self._grid = grid
        self._superfluous = grid.first_packet(first) - packet
        self._next = first
        self._end = end
        self._held: list[bytes] = []

    @property
    def done(self) -> bool:
        """Whether all segments are made."""
        return self._next == self._end

    def feed(self, packets: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
        """Yield the numbers and contents of the segments that these packets complete."""
        dropped = min(self._superfluous, len(packets))
        self._superfluous -= dropped
        self._held += packets[dropped:]
        while not self.done:
            size = self._grid.first_packet(self._next + 1) - self._grid.first_packet(self._next)
            if len(self._held) < size:
                break
            yield self._next, media_segment(self._grid, self._next, self._held[:size])
            del self._held[:size]
            self._next += 1
