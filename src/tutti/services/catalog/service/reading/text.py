"""Makes text from a stranger fit to keep: no control characters, one Unicode form, bounded length."""

import re
import unicodedata

MAX_NAME_CHARS = 1_000
MAX_COMMENT_CHARS = 8_000
MAX_LYRICS_CHARS = 200_000

# Controls, lone surrogates, the byte order mark, and the marks that reverse the text around them.
_UNWANTED = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\u202a-\u202e\u2066-\u2069\ufffe\uffff"
_NOT_IN_NAME = re.compile(f"[{_UNWANTED}]+")
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x85\u2028\u2029]+")
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def clean_name(value: str, max_chars: int = MAX_NAME_CHARS) -> str:
    """Return one line of text: stripped, NFC, without control characters, at most `max_chars` long; maybe empty."""
    if len(value) <= max_chars and value.isascii() and value.isprintable():
        return value.strip()
    # Cut before normalising, so that an absurd length costs nothing; and after, since NFC may lengthen a little.
    value = value[: 2 * max_chars]
    if not value.isprintable():  # as it is where it holds any of these
        value = _BREAKS.sub(" ", _NOT_IN_NAME.sub("", value))
    return unicodedata.normalize("NFC", value)[:max_chars].strip()


def clean_text(value: str, max_chars: int = MAX_COMMENT_CHARS) -> str:
    """Return text of several lines: stripped, NFC, no control characters, bounded; maybe empty."""
    value = _LINE_BREAK.sub("\n", value[: 2 * max_chars])
    return unicodedata.normalize("NFC", _NOT_IN_NAME.sub("", value))[:max_chars].strip()
