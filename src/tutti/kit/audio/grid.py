"""Which packets are in which segment: arithmetic alone, so that it is known before anything is encoded.

Every form of a track has packets of one length, so many samples (only the last is shorter). AAC counts time from its
encoder's priming packet on, which holds the 1024 samples before the first; FLAC from the first sample. Segment i begins
with the first packet that starts at i * 6 s or later. All forms have the same number of segments; a rest under a second
goes with the segment before it.
"""

from fractions import Fraction

from tutti.kit.audio.rungs import AAC_PACKET_SAMPLES, Extent, Rung, aac_rate_hz

SEGMENT_S = 6
_SHORTEST_REST_S = 1


class Grid:
    """The segments of one rung of a track of that extent, numbered from 0."""

    def __init__(self, rung: Rung, extent: Extent) -> None:
        if rung.codec == "aac":
            self.timescale_hz = aac_rate_hz(extent.sample_rate_hz)
            self.packet_samples = AAC_PACKET_SAMPLES
            self.delay_samples = AAC_PACKET_SAMPLES
            """Samples at the beginning that no one should hear."""
        else:
            assert extent.flac is not None, "only rungs of `rungs_of` fit an extent"
            self.timescale_hz = extent.sample_rate_hz
            self.packet_samples = extent.flac.block_samples
            self.delay_samples = 0
        heard = -(-extent.total_samples * self.timescale_hz // extent.sample_rate_hz)
        self.heard_samples = heard
        """Samples to be heard, at ``timescale_hz``."""
        self.total_samples = heard + self.delay_samples
        self.packets = -(-self.total_samples // self.packet_samples)
        beyond = extent.total_samples - _SHORTEST_REST_S * extent.sample_rate_hz
        self.segments = max(1, -(-beyond // (SEGMENT_S * extent.sample_rate_hz)))
        """How many there are."""

    def first_packet(self, segment: int) -> int:
        """Number of the first packet of a segment; of the segment after the last: how many packets there are.

        Raises:
            IndexError: there is no such segment.
        """
        if not 0 <= segment <= self.segments:
            raise IndexError(f"there are {self.segments} segments, none has the number {segment}")
        if segment == self.segments:
            return self.packets
        return -(-segment * SEGMENT_S * self.timescale_hz // self.packet_samples)

    def start_sample(self, packet: int) -> int:
        """Where a packet starts, in samples at ``timescale_hz``; for the one after the last, where the last ends."""
        return min(packet * self.packet_samples, self.total_samples)

    def packet_duration(self, packet: int) -> int:
        """How many samples a packet holds."""
        return self.start_sample(packet + 1) - self.start_sample(packet)

    def exact_duration_s(self, segment: int) -> Fraction:
        """How long a segment is, in seconds.

        Raises:
            IndexError: there is no such segment.
        """
        end = self.start_sample(self.first_packet(segment + 1))
        return Fraction(end - self.start_sample(self.first_packet(segment)), self.timescale_hz)

    def duration_s(self, segment: int) -> float:
        """How long a segment is, in seconds.

        Raises:
            IndexError: there is no such segment.
        """
        return float(self.exact_duration_s(segment))
