"""ID3v1 and 1.1: the last 128 bytes of a file, fields of fixed width in an encoding that nobody stated."""

import codecs

from tutti.services.catalog.service.reading.genres import id3v1_genre
from tutti.services.catalog.service.reading.raw_tags import RawTags

TAG_BYTES = 128
_FIELDS = (("title", 3, 33), ("artist", 33, 63), ("album", 63, 93), ("date", 93, 97))
_COMMENT = slice(97, 127)


def read_id3v1(tag: bytes) -> RawTags:
    """Return what the 128 bytes (starting with ``TAG``) say."""
    raw = RawTags()
    for field, start, end in _FIELDS:
        _add(raw, field, tag[start:end])
    comment = tag[_COMMENT]
    if comment[28] == 0 and comment[29] != 0:  # ID3v1.1
        raw.add("track", str(comment[29]))
        comment = comment[:28]
    _add(raw, "comment", comment)
    genre = id3v1_genre(tag[127])
    if genre is not None:
        raw.add("genre", genre)
    return raw


def _add(raw: RawTags, field: str, content: bytes) -> None:
    # What follows a NUL is what a longer, older value left behind.
    text = _decode(content.partition(b"\0")[0].rstrip())
    if text:
        raw.add(field, text)


def _decode(content: bytes) -> str:
    """UTF-8 if it is, also where the width of the field cut its last character; else Latin-1, for `repair` to judge."""
    try:
        text, used = codecs.utf_8_decode(content, "strict", False)
    except UnicodeDecodeError:
        return content.decode("latin-1")
    cut = used < len(content)
    return content.decode("latin-1") if cut and text.isascii() else text
