"""The lowest line."""

import numpy as np

from tutti.demo.synth.envelopes import adsr
from tutti.demo.synth.oscillators import (
    harmonics,
    phase,
    pulse,
    read_table,
    read_tables,
    saw,
    sine,
    softened,
    wavetable,
)
from tutti.demo.synth.signal import Mono, as_sound, frequency, time_axis


def sub_bass(pitch: int, length_s: float, brightness: float) -> Mono:
    """A sine with a little of its octave, so that small loudspeakers hint at it."""
    envelope = adsr(length_s, 0.012, 0.5, 0.8, 0.08)
    base = frequency(pitch)
    turns = phase(base, len(envelope))
    octave, twelfth = sine(np.mod(turns * 2.0, 1.0)), sine(np.mod(turns * 3.0, 1.0))
    share = np.float32(brightness)
    return as_sound(
        (sine(turns) + share * (np.float32(0.3) * octave + np.float32(0.12) * twelfth)) * envelope * np.float32(0.6)
    )


def round_bass(pitch: int, length_s: float, brightness: float) -> Mono:
    """An electric bass from a synthesiser: a dark pulse whose filter opens with every note."""
    envelope = adsr(length_s, 0.006, 0.3, 0.6, 0.06)
    base = frequency(pitch)
    numbers = harmonics(base)
    tables = [wavetable(softened(pulse(numbers, 0.38), base, cutoff, 2.0)) for cutoff in (160.0, 320.0, 640.0, 1300.0)]
    sweep = np.float32(0.15) + np.float32(0.75 * brightness) * np.exp(
        time_axis(len(envelope)) * np.float32(-1.0 / 0.12)
    )
    return read_tables(tables, phase(base, len(envelope)), sweep) * envelope * np.float32(0.6)


def rolling_bass(pitch: int, length_s: float, brightness: float) -> Mono:
    """A short, dry saw for sixteenths under a kick."""
    envelope = adsr(length_s, 0.004, 0.14, 0.35, 0.05)
    base = frequency(pitch)
    table = wavetable(softened(saw(harmonics(base)), base, 150.0 + 450.0 * brightness, 2.0))
    return read_table(table, phase(base, len(envelope))) * envelope * np.float32(0.6)
