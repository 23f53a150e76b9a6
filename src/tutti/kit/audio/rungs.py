"""The forms that a track is offered in, from what its original is."""

from typing import Literal

import msgspec

from tutti.kit.audio.source import Source

AAC_PACKET_SAMPLES = 1024
_AAC_RATES_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_AAC_BIT_RATES_KBPS = (64, 128, 256)
_AAC_PACKET_BITS = 6144
"""What one channel may take in a packet (ISO/IEC 14496-3 §4.5.3.2): the bound of the bit rate at low sample rates."""
_AAC_PEAK = 1.25
"""How far a segment may pass the nominal bit rate: the encoder evens it out over a few seconds only."""
_FLAC_RATES_HZ = range(8_000, 655_351)
_FLAC_VERBATIM_BYTES = 18 + 2
"""Of a frame beside its samples when none could be packed: header and checksum (RFC 9639 §9)."""
_BOX_BYTES = 120
"""Of a segment beside its packets, and `_PACKET_BOX_BYTES` for each of them."""
_PACKET_BOX_BYTES = 8


class FlacStream(msgspec.Struct, frozen=True):
    """What a FLAC stream says of itself, and what can be copied of it."""

    streaminfo: bytes
    """34 bytes (RFC 9639 §8.2)."""
    block_samples: int
    bit_depth: int
    audio_bytes: int
    """Of the whole file, which is near enough."""


class Extent(msgspec.Struct, frozen=True):
    """How much sound there is in a source, counted exactly, as a decoder gives it."""

    total_samples: int
    """Of each channel."""
    sample_rate_hz: int
    channels: int
    flac: FlacStream | None = None
    """If the source's own FLAC frames can be served as they are."""

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return self.total_samples / self.sample_rate_hz


class Rung(msgspec.Struct, frozen=True):
    """One form of a track."""

    name: str
    """As in addresses: ``aac64``, ``aac128``, ``aac256``, ``flac``."""
    codec: Literal["aac", "flac"]
    bit_rate_kbps: int
    """What was asked for; of flac the average."""
    codecs: str
    """The name of RFC 6381."""
    peak_bps: int
    """No segment takes more."""
    average_bps: int


def rungs_of(source: Source, extent: Extent) -> tuple[Rung, ...]:
    """Return the forms to offer, the smallest first.

    Nothing is made bigger than it was: of a lossy source, only rungs below its own bit rate, but always the lowest. The
    original's FLAC is a rung where its frames are all of one length, no more than a second.
    """
    most = _AAC_PACKET_BITS * min(extent.channels, 2) * aac_rate_hz(extent.sample_rate_hz) // AAC_PACKET_SAMPLES // 1000
    if not source.lossless and source.bit_rate_kbps:
        most = min(most, source.bit_rate_kbps - 1)
    lowest, *higher = _AAC_BIT_RATES_KBPS
    wanted = [lowest, *(rate for rate in higher if rate <= most)]
    rungs = [_aac_rung(kbps, aac_rate_hz(extent.sample_rate_hz)) for kbps in wanted]
    if extent.flac is not None:
        rungs.append(_flac_rung(extent, extent.flac))
    return tuple(rungs)


def aac_rate_hz(rate_hz: int) -> int:
    """Return the sample rate of the AAC rungs of a source: its own, or else the highest one of its family."""
    if rate_hz in _AAC_RATES_HZ:
        return rate_hz
    return 44_100 if rate_hz % 44_100 == 0 else 48_000


def can_copy_flac(sample_rate_hz: int, shortest_block: int, longest_block: int) -> bool:
    """Tell whether FLAC frames can be put on the grid."""
    return (
        shortest_block == longest_block and 16 <= longest_block <= sample_rate_hz and sample_rate_hz in _FLAC_RATES_HZ
    )


def _aac_rung(kbps: int, rate_hz: int) -> Rung:
    boxes_bps = _PACKET_BOX_BYTES * 8 * rate_hz // AAC_PACKET_SAMPLES + _BOX_BYTES * 8
    return Rung(
        name=f"aac{kbps}",
        codec="aac",
        bit_rate_kbps=kbps,
        codecs="mp4a.40.2",
        peak_bps=round(kbps * 1000 * _AAC_PEAK) + boxes_bps,
        average_bps=kbps * 1000 + boxes_bps,
    )


def _flac_rung(extent: Extent, flac: FlacStream) -> Rung:
    frame_bytes = (
        -(-flac.block_samples * extent.channels * flac.bit_depth // 8) + _FLAC_VERBATIM_BYTES + extent.channels
    )
    longest = int.from_bytes(flac.streaminfo[7:10], "big") or frame_bytes
    frames_per_s = extent.sample_rate_hz / flac.block_samples
    average = round(flac.audio_bytes * 8 / max(extent.duration_s, 1))
    return Rung(
        name="flac",
        codec="flac",
        bit_rate_kbps=round(average / 1000),
        codecs="fLaC",
        peak_bps=max(
            average, round((min(longest, frame_bytes) + _PACKET_BOX_BYTES) * 8 * frames_per_s) + _BOX_BYTES * 8
        ),
        average_bps=average,
    )
