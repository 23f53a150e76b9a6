"""Text in ID3 frames: its four encodings, and what taggers made of them."""

from tutti.services.catalog.service.reading.raw_tags import MAX_VALUES

_LATIN1, _UTF16, _UTF16_BE, _UTF8 = range(4)
_BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def decode_list(payload: bytes) -> list[str]:
    """Return the strings of a text frame: an encoding byte, then strings with NUL between. Never fails."""
    if not payload:
        return []
    text = decode(payload[0], payload[1:])
    if "\0" not in text:
        return [text] if text else []
    return [part for part in text.split("\0", MAX_VALUES)[:MAX_VALUES] if part]


def decode(encoding: int, raw: bytes) -> str:
    """Return text in an ID3 encoding (0-3; others count as Latin-1), NULs and all.

    UTF-16 comes with a byte order mark before every string, before the first only, or without any. What says UTF-8 and
    is not is handed on as Latin-1, for `encodings.repair` to judge.
    """
    if encoding in (_UTF16, _UTF16_BE):
        return _decode_utf16(raw, "utf-16-be" if encoding == _UTF16_BE else None)
    if encoding == _UTF8:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")
    return raw.decode("latin-1")


def find_terminator(encoding: int, raw: bytes, start: int) -> tuple[int, int]:
    """Return where the text at `start` ends, and where what follows begins; both `len(raw)` if it is not ended."""
    if encoding not in (_UTF16, _UTF16_BE):
        end = raw.find(b"\0", start)
        return (end, end + 1) if end >= 0 else (len(raw), len(raw))
    end = raw.find(b"\0\0", start)
    while end >= 0 and (end - start) % 2 == 1:  # a pair of zeros across two characters is no terminator
        end = raw.find(b"\0\0", end + 1)
    return (end, end + 2) if end >= 0 else (len(raw), len(raw))


def split_terminated(encoding: int, raw: bytes) -> tuple[str, bytes]:
    """Return the text up to its terminator, and the bytes after it."""
    end, after = find_terminator(encoding, raw, 0)
    return decode(encoding, raw[:end]), raw[after:]


def _decode_utf16(raw: bytes, codec: str | None) -> str:
    marked = _BOMS.get(raw[:2])
    codec = marked or codec or _guess_order(raw)
    text = raw[: len(raw) & ~1].decode(codec, "replace")
    # Later strings of a list may have a mark of their own; \ufffe is one read in the wrong order.
    return text.replace("\ufeff", "") if "\ufffe" not in text else _decode_parts(text, codec)


def _decode_parts(text: str, codec: str) -> str:
    other = "utf-16-be" if codec == "utf-16-le" else "utf-16-le"
    parts = text.split("\0")
    return "\0".join(
        part[1:].encode(codec, "surrogatepass").decode(other, "replace") if part.startswith("\ufffe") else part
        for part in parts
    ).replace("\ufeff", "")


def _guess_order(raw: bytes) -> str:
    """Western text has its zero bytes on one side; without any hint it is Windows that forgets the mark."""
    return "utf-16-be" if raw[0::2].count(0) > raw[1::2].count(0) else "utf-16-le"
