"""Repairs text whose encoding lies.

Old taggers wrote UTF-8, or the code page of their own Windows, into fields that say Latin-1, and others then turned
that into proper Unicode letter by letter, so that `Кино` stands there as `Êèíî`. A text is changed only where it could
hardly be meant as it stands: valid multi-byte UTF-8, whole words of common Cyrillic letters, runs of kana or common
hanzi. All text of one file is judged together: a long sample convinces where a short one may be chance.
"""

import re
from itertools import islice

_EXCERPT_BYTES = 4_000
_MAX_EXCERPTS = 200

# Letters that make up four fifths of Russian text (frequencies of the national corpus), enough for its neighbours too.
_COMMON_CYRILLIC = frozenset("оеаинтсрвлкмдпуяьы")
_MIN_CYRILLIC_LETTERS = 4
_MIN_COMMON_SHARE = 0.65
_MIN_LETTERS_PER_WORD = 2.5
_LATIN1_WORD = re.compile(rb"[A-Za-z\xa8\xb8\xc0-\xff]+")
_HAS_HIGH = re.compile(rb"[\x80-\xff]")
# What stands between Russian words in cp1251: quotes, dashes, ellipsis, no-break space, number sign.
_CYRILLIC_MARKS = bytes.fromhex("8485919293949697a0abb9bb")
_CYRILLIC_CASE = re.compile(r"[А-ЯЁ]?[а-яё]+|[А-ЯЁ]+")

_MIN_WIDE_CHARS = 2
_MIN_WIDE_SHARE = 0.8
_MIN_KANA_SHARE = 0.2
_MIN_COMMON_HANZI_SHARE = 0.9


def repair(values: list[str]) -> dict[str, str]:
    """Return what to read instead, for those of a file's texts that are not what their writer meant; often empty."""
    suspects = {value: raw for value in values if not value.isascii() and (raw := _single_bytes(value)) is not None}
    if not suspects:
        return {}
    repaired: dict[str, str] = {}
    left: dict[str, bytes] = {}
    for value, raw in suspects.items():
        text = _decoded(raw, "utf-8")
        if text is None:
            left[value] = raw
        else:
            repaired[value] = text
    codec = likely_codec(b"\n".join(_excerpt(raw) for raw in islice(left.values(), _MAX_EXCERPTS)))
    for value, raw in left.items():
        text = _decoded(raw, codec or "cp1252")
        # cp1252 is what Latin-1 fields hold in truth: it only adds letters where Latin-1 has control characters.
        if text is not None and text != value:
            repaired[value] = text
    return repaired


def decode_unmarked(raw: bytes) -> str:
    """Return bytes of unknown encoding as text: UTF-8 if valid, else a likely code page, else cp1252. Never fails."""
    text = _decoded(raw, "utf-8-sig")
    if text is not None:
        return text
    text = _decoded(raw, likely_codec(_excerpt(raw)) or "cp1252")
    return raw.decode("latin-1") if text is None else text


def likely_codec(sample: bytes) -> str | None:
    """Return the code page that `sample` is surely in (cp932, cp1251 or gbk), or None."""
    if not _HAS_HIGH.search(sample):
        return None
    if _is_shift_jis(sample):
        return "cp932"
    if _is_cyrillic(sample):
        return "cp1251"
    return "gbk" if _is_gbk(sample) else None


def _excerpt(raw: bytes) -> bytes:
    """Enough of a long text to judge it by, cut between words: no code page has a space inside a character."""
    if len(raw) <= _EXCERPT_BYTES:
        return raw
    start = raw[:_EXCERPT_BYTES]
    return start[: max(start.rfind(b" "), start.rfind(b"\n"))]


def _single_bytes(value: str) -> bytes | None:
    """The bytes that `value` was made of if each became one character, else None."""
    for codec in ("latin-1", "cp1252"):
        try:
            return value.encode(codec)
        except UnicodeEncodeError:
            continue
    return None


def _decoded(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return None


def _is_cyrillic(sample: bytes) -> bool:
    if any(byte >= 0x80 and byte not in _CYRILLIC_MARKS for byte in _LATIN1_WORD.sub(b"", sample)):
        return False
    words = [word for word in _LATIN1_WORD.findall(sample) if _HAS_HIGH.search(word)]
    if any(word.translate(None, bytes(range(0x80))) != word for word in words):
        return False  # `Beyoncé`: Latin and high letters in one word
    letters = b"".join(words).decode("cp1251")
    if len(letters) < max(_MIN_CYRILLIC_LETTERS, _MIN_LETTERS_PER_WORD * len(words)):
        return False
    if not all(_CYRILLIC_CASE.fullmatch(word.decode("cp1251")) for word in words):
        return False
    common = sum(letter in _COMMON_CYRILLIC for letter in letters.lower())
    return common >= _MIN_COMMON_SHARE * len(letters)


def _is_shift_jis(sample: bytes) -> bool:
    wide = _wide_chars(sample, "cp932")
    if wide is None or len(wide) < _MIN_WIDE_CHARS:
        return False
    kana = sum("\u3041" <= char <= "\u30ff" for char in wide)
    # Leads up to 0x9f are control characters in Latin-1 and leads of rare hanzi in GBK: a row of them is Japanese.
    return kana >= _MIN_KANA_SHARE * len(wide) or all(char.encode("cp932")[0] <= 0x9F for char in wide)


def _is_gbk(sample: bytes) -> bool:
    wide = _wide_chars(sample, "gbk")
    if wide is None or len(wide) < _MIN_WIDE_CHARS:
        return False
    common = sum(_is_common_hanzi(char) for char in wide)
    # Accented capitals in a row (`ÆØÅÖ`) are hanzi too; a real text of two or more nearly always holds a byte that is a
    # mere symbol in Latin-1.
    symbols = sum(0xA1 <= byte <= 0xBF for byte in sample)
    return symbols > 0 and common >= _MIN_COMMON_HANZI_SHARE * len(wide)


def _is_common_hanzi(char: str) -> bool:
    lead, trail = char.encode("gbk")
    return trail >= 0xA1 and (0xB0 <= lead <= 0xD7 or 0xA1 <= lead <= 0xA3)


def _wide_chars(sample: bytes, codec: str) -> str | None:
    """The two-byte characters of `sample`; None if words mix them with single bytes, as Western text would."""
    text = _decoded(sample, codec)
    if text is None:
        return None
    wide: list[str] = []
    for word in text.split():
        if word.isascii():
            continue
        in_word = [char for char in word if len(char.encode(codec)) == 2]
        if 2 * len(in_word) < _MIN_WIDE_SHARE * len(word.encode(codec)):
            return None
        wide += in_word
    return "".join(wide)
