"""APEv2 tags (wiki.hydrogenaud.io, "APEv2 specification"), as MP3, Monkey's Audio and WavPack files carry them."""

import struct

from tutti.services.catalog.service.reading.raw_tags import FRONT_COVER, OTHER_PICTURE, RawTags, free_name

FOOTER_BYTES = 32
MAX_ITEMS = 1_000
MAX_TEXT_BYTES = 1024 * 1024
_ITEM = struct.Struct("<II")
_KIND_TEXT, _KIND_BINARY = 0, 1
# The text of an item may hold many values with NUL between.
_MAX_VALUES_PER_ITEM = 200


def read_ape(items: bytes) -> RawTags:
    """Return what the items of a tag (without header and footer) say. Never fails: it stops at the first bad one."""
    raw = RawTags()
    position = 0
    for _ in range(MAX_ITEMS):
        key_start = position + _ITEM.size
        key_end = items.find(b"\0", key_start, key_start + 256)
        if key_end < 0:
            break
        size, flags = _ITEM.unpack_from(items, position)
        position = key_end + 1 + size
        if position > len(items):
            break
        _add(raw, items[key_start:key_end].decode("latin-1"), (flags >> 1) & 3, items[key_end + 1 : position])
    return raw


def _add(raw: RawTags, key: str, kind: int, content: bytes) -> None:
    if kind == _KIND_BINARY:
        if key.lower().startswith("cover art"):
            image = content.partition(b"\0")[2]  # a file name stands before it
            raw.add_picture(FRONT_COVER if "front" in key.lower() else OTHER_PICTURE, image)
        return
    field = free_name(key)
    if field is None or kind != _KIND_TEXT:
        return
    text = content[:MAX_TEXT_BYTES]
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError:
        decoded = text.decode("latin-1")
    for value in decoded.split("\0", _MAX_VALUES_PER_ITEM):
        if value:
            # `Year` is where APEv2 keeps the date, of whatever precision.
            raw.add("date" if field == "year" else field, value)
