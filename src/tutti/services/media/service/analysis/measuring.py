"""One pass of ffmpeg over the decoded sound: EBU R128 loudness, true peak, silence at the ends, the waveform.

Sources: EBU R 128 and Tech 3341 (loudness), ITU-R BS.1770 (true peak), the ReplayGain 2.0 specification (gain to a
reference of -18 LUFS). ffmpeg's filters do the measuring and report in tenths of a unit.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from tutti.kit.audio.waveform import fold, frame_samples, peak_filters, quoted, read_peaks

REFERENCE_LUFS = -18.0
"""To which ReplayGain 2.0 gains bring a track."""
SILENCE_DB = -60.0
"""What stays below it, on every channel, is silence."""
SHORTEST_SILENCE_S = 0.1
_SILENCE_EDGE_S = 0.002
"""How near to an end of the track a silence has to begin to be the one there."""
_GATE_LUFS = -70.0
"""BS.1770's absolute gate: what ffmpeg says of sound in which nothing passes it."""
_TIME = re.compile(rb"silence_\w+=(-?[0-9.]+)")
_LOUDNESS = re.compile(r"^\s+I:\s+(\S+) LUFS", re.MULTILINE)
_TRUE_PEAK = re.compile(r"^\s+Peak:\s+(\S+) dBFS", re.MULTILINE)
OUTPUTS = 3
"""Pipes that the filters print to: peaks, and where silences begin and end."""


class Unmeasurable(Exception):
    """ffmpeg did not say what it was asked; nothing was decoded, most likely."""


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured; loudness and gain are None where nothing is loud enough to measure (EBU's gate)."""

    loudness_lufs: float | None
    true_peak_db: float | None
    """Above full scale where it is positive; None for digital silence."""
    gain_db: float | None
    peak: float | None
    """The true peak as a ratio, 1.0 being full scale."""
    silence_start_ms: int
    """How long the silence at the beginning is."""
    silence_end_ms: int
    waveform: bytes
    """`kit.audio.waveform.POINTS` peaks of one byte, 255 being full scale."""


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """What the filters printed; of silences only the first and the last are of use."""

    peaks: bytes
    starts_s: tuple[float, ...]
    ends_s: tuple[float, ...]


def filter_chain(total_samples: int, outputs: Sequence[str]) -> str:
    """Return the audio filters that measure a track of so many samples per channel, printing to `OUTPUTS` files.

    Times are counted in samples, since a container's begin where its encoder's delay ends.
    """
    peaks, starts, ends = outputs
    return ",".join(
        (
            "asetpts=N/SR/TB",
            f"silencedetect=noise={SILENCE_DB}dB:duration={SHORTEST_SILENCE_S}",
            f"ametadata=mode=print:key=lavfi.silence_start:file={quoted(starts)}",
            f"ametadata=mode=print:key=lavfi.silence_end:file={quoted(ends)}",
            *peak_filters(total_samples, peaks),
            "ebur128=peak=true:framelog=verbose",
        )
    )


def read_times(printed: Iterable[bytes]) -> Iterator[float]:
    """Yield the times in seconds that are printed of silences."""
    for line in printed:
        if found := _TIME.search(line):
            yield float(found[1])


def read_analysis(printed: Printed, logged: str, total_samples: int, sample_rate_hz: int) -> Analysis:
    """Read what the filters printed, and the summary that they logged.

    Raises:
        Unmeasurable: the summary is not there.
    """
    summary = logged[logged.rfind("Summary:") :]
    loudness, true_peak = _LOUDNESS.search(summary), _TRUE_PEAK.search(summary)
    if "Summary:" not in summary or loudness is None or true_peak is None:
        raise Unmeasurable(logged[-2000:].strip() or "ffmpeg measured nothing")
    lufs, peak_db = _finite(loudness[1]), _finite(true_peak[1])
    audible = lufs is not None and lufs > _GATE_LUFS
    start_s, end_s = _silences(printed, total_samples / sample_rate_hz)
    return Analysis(
        loudness_lufs=lufs if audible else None,
        true_peak_db=peak_db,
        gain_db=round(REFERENCE_LUFS - lufs, 2) if audible and lufs is not None else None,
        peak=None if peak_db is None else round(10 ** (peak_db / 20), 6),
        silence_start_ms=round(start_s * 1000),
        silence_end_ms=round(end_s * 1000),
        waveform=fold(read_peaks(printed.peaks), frame_samples(total_samples), total_samples),
    )


def _silences(printed: Printed, duration_s: float) -> tuple[float, float]:
    """How long the silences at the beginning and at the end are, in seconds; both are the track where all is silent."""
    if not printed.starts_s:
        return 0.0, 0.0
    first_start, last_start = printed.starts_s[0], printed.starts_s[-1]
    first_end = printed.ends_s[0] if printed.ends_s else duration_s
    leading = first_end if first_start <= _SILENCE_EDGE_S else 0.0
    ended = bool(printed.ends_s) and printed.ends_s[-1] > last_start
    trailing = 0.0 if ended else duration_s - last_start
    return min(leading, duration_s), max(0.0, min(trailing, duration_s))


def _finite(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None
