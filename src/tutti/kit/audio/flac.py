"""What a native FLAC stream says of itself (RFC 9639), as far as copying its frames needs it."""

_INFO_BYTES = 34
_FIRST_BLOCK = 8
"""Where the content of the first metadata block begins: behind ``fLaC`` and the block's header."""


def read_streaminfo(stream: bytes) -> bytes | None:
    """Return the 34 bytes of the stream's description; None if this is no stream whose first frame is number 0."""
    if stream[:4] != b"fLaC" or len(stream) < _FIRST_BLOCK + _INFO_BYTES or stream[4] & 0x7F != 0:
        return None
    at, last = 4, False
    while not last and at + 4 <= len(stream):
        last = stream[at] & 0x80 != 0
        at += 4 + int.from_bytes(stream[at + 1 : at + 4], "big")
    try:
        number = frame_number(stream[at : at + 12])
    except ValueError:
        return None
    return stream[_FIRST_BLOCK : _FIRST_BLOCK + _INFO_BYTES] if number == 0 else None


def frame_number(frame: bytes) -> int:
    """Return the number that a frame of a stream with blocks of one length has (§9.1.5).

    Raises:
        ValueError: it is no such frame.
    """
    if len(frame) < 12 or frame[0] != 0xFF or frame[1] != 0xF8:
        raise ValueError("not a FLAC frame of fixed length")
    lead = frame[4]
    if lead < 0x80:
        return lead
    extra = 7 - (lead ^ 0xFF).bit_length()  # further bytes, as in UTF-8
    number = lead & (0x3F >> extra)
    for byte in frame[5 : 5 + extra]:
        number = number << 6 | byte & 0x3F
    return number
