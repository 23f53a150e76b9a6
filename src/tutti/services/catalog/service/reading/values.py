"""Numbers, dates and ids as they stand in tags, made into values or None. Nothing here raises."""

import math
import re
from calendar import monthrange

MAX_NUMBER = 9_999
MAX_GAIN_DB = 60.0
MAX_PEAK = 100.0
MAX_BPM = 1_000.0
# EBU R128's reference of -23 LUFS (RFC 7845 §5.2.1) against the -18 LUFS of the ReplayGain 2.0 specification.
R128_TO_REPLAYGAIN_DB = 5.0

_NUMBER_OF = re.compile(r"\s*[A-Za-z]?(\d{1,6})(?:\s*(?:/|of)\s*(\d{1,6}))?")
_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_EUROPEAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_FLOAT = re.compile(r"\s*([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,2})?)")
_MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")


def parse_number_of(value: str) -> tuple[int | None, int | None]:
    """Return (n, m) from "n", "n/m" or "n of m"; a letter before it (the side of a record) is passed over."""
    match = _NUMBER_OF.match(value)
    if match is None:
        return None, None
    return _in_range(match[1]), _in_range(match[2])


def _in_range(digits: str | None) -> int | None:
    number = int(digits) if digits else 0
    return number if 0 < number <= MAX_NUMBER else None


def parse_date(value: str) -> str | None:
    """Return `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, as much of it as makes sense; None if there is not even a year."""
    text = value.strip()
    european = _EUROPEAN_DATE.match(text)
    if european is not None:
        day, month, year = european.groups()
    else:
        match = _COMPACT_DATE.fullmatch(text) or _DATE.match(text)
        if match is None:
            return None
        year, month, day = match.groups()
    return _iso_date(int(year), int(month or 0), int(day or 0))


def _iso_date(year: int, month: int, day: int) -> str | None:
    if year == 0:
        return None
    if not 1 <= month <= 12:
        return f"{year:04}"
    if not 1 <= day <= monthrange(year, month)[1]:
        return f"{year:04}-{month:02}"
    return f"{year:04}-{month:02}-{day:02}"


def parse_float(value: str) -> float | None:
    """Return the finite number that a text begins with (a unit may follow); None if there is none."""
    match = _FLOAT.match(value)
    if match is None:
        return None
    number = float(match[1].replace(",", "."))
    return number if math.isfinite(number) else None


def parse_gain_db(value: str) -> float | None:
    """Return a ReplayGain value ("-6.54 dB") if it is one that a player could apply."""
    gain = parse_float(value)
    return gain if gain is not None and abs(gain) <= MAX_GAIN_DB else None


def parse_r128_gain_db(value: str) -> float | None:
    """Return a gain in Q7.8 fixed point to -23 LUFS (RFC 7845 §5.2.1) as ReplayGain."""
    number = parse_float(value)
    return None if number is None or abs(number) > 0x8000 else number / 256 + R128_TO_REPLAYGAIN_DB


def parse_peak(value: str) -> float | None:
    """Return a ReplayGain peak; 1.0 is full scale."""
    peak = parse_float(value)
    return peak if peak is not None and 0 <= peak <= MAX_PEAK else None


def parse_bpm(value: str) -> float | None:
    """Return beats per minute."""
    bpm = parse_float(value)
    return bpm if bpm is not None and 0 < bpm <= MAX_BPM else None


def parse_mbid(value: str) -> str | None:
    """Return a MusicBrainz id (lower case) if the text is one."""
    text = value.strip().lower()
    return text if _MBID.fullmatch(text) else None


def parse_isrc(value: str) -> str | None:
    """Return an ISRC (ISO 3901) without its hyphens if the text is one."""
    text = value.upper().replace("-", "").replace(" ", "").strip()
    return text if _ISRC.fullmatch(text) else None


def parse_flag(value: str) -> bool:
    """Return whether a flag is set: a number that is not 0, or a word for yes."""
    text = value.strip().lower()
    return text in ("true", "yes", "y") or (text.isdecimal() and int(text[:18]) != 0)
