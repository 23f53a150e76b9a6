"""Whether a frame of MPEG layer 3 has side information that a decoder takes (ISO/IEC 11172-3 and 13818-3, §2.4.1.7).

Of a frame whose rest is something else it decides whether ffmpeg gives sound, be it noise, or leaves the frame out.
"""

_MOST_BIG_VALUES = 288
_HEADER_BYTES, _CHECKSUM_BYTES = 4, 2


class _Bits:
    def __init__(self, content: bytes) -> None:
        self._value = int.from_bytes(content, "big")
        self._left = len(content) * 8

    def take(self, count: int) -> int:
        """Return the next bits as a number; zeros beyond the end."""
        self._left -= count
        return (self._value >> self._left if self._left >= 0 else 0) & ((1 << count) - 1)


def is_decodable(frame: bytes) -> bool:
    """Tell whether ffmpeg decodes a frame, of any version; always so of other layers, which it does not look at so."""
    if frame[1] >> 1 & 3 != 1:
        return True
    first_version, mono = frame[1] >> 3 & 3 == 3, frame[3] >> 6 == 3
    start = _HEADER_BYTES + (0 if frame[1] & 1 else _CHECKSUM_BYTES)
    bits, channels = _Bits(frame[start : start + 32]), 1 if mono else 2
    if first_version:
        bits.take(9 + (5 if mono else 3) + 4 * channels)  # where its bits begin, private bits, shared scale factors
    else:
        bits.take(8 + (1 if mono else 2))
    return all(_takes_granule(bits, first_version) for _ in range(channels * (2 if first_version else 1)))


def _takes_granule(bits: _Bits, first_version: bool) -> bool:
    bits.take(12)  # length
    big_values = bits.take(9)
    bits.take(8 + (4 if first_version else 9))  # gain, how scale factors are packed
    block_type = bits.take(2) if bits.take(1) else None
    bits.take((22 - 2 if block_type is not None else 22) + (3 if first_version else 2))  # tables, scales
    return big_values <= _MOST_BIG_VALUES and block_type != 0
