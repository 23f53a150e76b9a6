"""Vorbis comments (xiph.org/vorbis/doc/v-comment.html) and FLAC's pictures, as FLAC, Ogg Vorbis and Opus carry them."""

import binascii
import struct

from tutti.services.catalog.service.reading.last_result import remember_last
from tutti.services.catalog.service.reading.raw_tags import OTHER_PICTURE, Picture, RawTags, free_name

MAX_COMMENTS = 5_000
MAX_TEXT_BYTES = 1024 * 1024
_LENGTH = struct.Struct("<I")
_PICTURE_KEY = "METADATA_BLOCK_PICTURE"
_OLD_PICTURE_KEY = "COVERART"


def read_vorbis_comment(packet: bytes, raw: RawTags) -> None:
    """Add what a comment block says to `raw`. Never fails: it stops where the block breaks off."""
    length = _LENGTH.unpack_from
    try:
        position = 8 + length(packet, 0)[0]
        count = length(packet, position - 4)[0]
        for _ in range(min(count, MAX_COMMENTS)):
            start = position + 4
            position = start + length(packet, position)[0]
            _add(raw, packet[start:position])
    except struct.error:
        return


def read_picture(block: bytes) -> Picture | None:
    """Return the picture in a FLAC PICTURE block (RFC 9639 §8.8), or None if the block is broken or only a link."""
    number = struct.Struct(">I").unpack_from
    try:
        kind, mime_size = struct.unpack_from(">II", block)
        position = 8 + mime_size
        position += 4 + number(block, position)[0] + 16  # description; width, height, depth, colours
        size = number(block, position)[0]
    except struct.error:
        return None
    content = block[position + 4 : position + 4 + size]
    return Picture(kind, content) if content and block[8 : 8 + mime_size] != b"-->" else None


def _add(raw: RawTags, comment: bytes) -> None:
    key_bytes, _, value = comment.partition(b"=")
    key = key_bytes.decode("latin-1")
    field = free_name(key)
    if field is None:
        if value and len(key) <= len(_PICTURE_KEY):
            _add_picture(raw, key.upper(), value)
        return
    value = value[:MAX_TEXT_BYTES]
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    if text:
        raw.add(field, text)


@remember_last
def _from_base64(value: bytes) -> bytes:
    return binascii.a2b_base64(value)


def _add_picture(raw: RawTags, key: str, value: bytes) -> None:
    if key not in (_PICTURE_KEY, _OLD_PICTURE_KEY):
        return
    try:
        content = _from_base64(value)
    except binascii.Error:
        return
    picture = Picture(OTHER_PICTURE, content) if key == _OLD_PICTURE_KEY else read_picture(content)
    if picture is not None:
        raw.add_picture(picture.kind, picture.content)
