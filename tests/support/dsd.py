"""A writer of DSF files: sound in one bit at 64 times the rate of a CD, which ffmpeg reads and does not write.

The modulator is the simplest there is: a one is due whenever the running sum of the signal passes a whole number
(first-order sigma-delta). DSF as in "DSF File Format Specification", Sony, 2005.
"""

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

RATE_HZ = 2_822_400
HELD = 8
"""So many bits are made of each sample given."""
GIVEN_RATE_HZ = RATE_HZ // HELD
_BLOCK_BYTES = 4096
_AT_ONCE = 1 << 20


def dsf(samples: npt.NDArray[np.floating[Any]]) -> bytes:
    """Encode rows of one value per channel, each between -1 and 1, at `GIVEN_RATE_HZ`."""
    count, channels = samples.shape
    streams = [_bits(samples[:, channel]) for channel in range(channels)]
    blocks = -(-len(streams[0]) // _BLOCK_BYTES)
    padded = [stream.ljust(blocks * _BLOCK_BYTES, b"\0") for stream in streams]
    audio = b"".join(
        stream[begin : begin + _BLOCK_BYTES]
        for begin in range(0, blocks * _BLOCK_BYTES, _BLOCK_BYTES)
        for stream in padded
    )
    about = (1, 0, channels, channels, RATE_HZ, 1, count * HELD, _BLOCK_BYTES, 0)
    format_chunk = struct.pack("<4sQIIIIIIQII", b"fmt ", 52, *about)
    data_chunk = struct.pack("<4sQ", b"data", 12 + len(audio)) + audio
    total = 28 + len(format_chunk) + len(data_chunk)
    return struct.pack("<4sQQQ", b"DSD ", 28, total, 0) + format_chunk + data_chunk


def _bits(signal: npt.NDArray[np.floating[Any]]) -> bytes:
    carried, parts = 0.0, list[bytes]()
    for begin in range(0, len(signal), _AT_ONCE):
        held = np.repeat((signal[begin : begin + _AT_ONCE].astype(float) + 1) / 2, HELD)
        sums = np.floor(np.cumsum(held) + carried)
        ones = np.diff(sums, prepend=np.floor(carried)).astype(bool)
        carried = (carried + held.sum()) % 1.0
        parts.append(np.packbits(ones, bitorder="little").tobytes())
    return b"".join(parts)
