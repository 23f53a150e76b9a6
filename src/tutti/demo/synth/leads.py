"""Single voices that sing or play a tune: a singer, a bow, a flute, a synthesiser."""

import numpy as np

from tutti.demo.synth.envelopes import adsr, faded, swell, wobble
from tutti.demo.synth.filters import band_pass, filtered
from tutti.demo.synth.oscillators import (
    harmonics,
    phase,
    pulse,
    read_table,
    read_tables,
    saw,
    softened,
    triangle,
    vibrato,
    wavetable,
)
from tutti.demo.synth.pads import formants, resonances
from tutti.demo.synth.signal import Mono, as_sound, frequency, noise, samples, time_axis


def singer(pitch: int, length_s: float, brightness: float, vowel: str = "ooh") -> Mono:
    """A wordless voice: slides into the note from below, vibrato comes late, a little breath around it."""
    n = samples(length_s + 0.22)
    base = frequency(pitch)
    numbers = harmonics(base)
    amplitudes = formants(numbers * base, vowel) / numbers ** np.float32(0.8 - 0.3 * brightness)
    table = wavetable(amplitudes[:70] / np.sqrt(np.sum(np.square(amplitudes))))
    bend = vibrato(n, rate_hz=5.1, cents=17.0, delay_s=0.28) + wobble(n, 6.0, 4.0, pitch)
    bend -= 55.0 * np.exp(time_axis(n) * np.float32(-1.0 / 0.045))
    tone = read_table(table, phase(base, n, cents=bend)) * np.float32(0.5)
    breath = filtered(noise(n, pitch), band_pass(1900.0, 0.7))
    return as_sound((tone + np.float32(0.012) * breath) * swell(n, min(0.11, length_s / 3), 0.22))


def bow(pitch: int, length_s: float, brightness: float, player: int = 0) -> Mono:
    """One bowed string instrument; `player` gives each their own vibrato and intonation."""
    n = samples(length_s + 0.25)
    base = frequency(pitch) * 2.0 ** ((-3.0, 2.0, 4.0, -1.0)[player % 4] / 1200.0)
    numbers = harmonics(base)
    body = resonances(numbers * base, ((280.0, 0.6), (480.0, 0.5), (1000.0, 0.45), (2600.0, 0.4)))
    amplitudes = softened(as_sound(body / numbers), base, 900.0 + 2200.0 * brightness, 1.5)
    table = wavetable(amplitudes / np.sqrt(np.sum(np.square(amplitudes))))
    bend = vibrato(n, rate_hz=5.0 + 0.23 * player, cents=11.0, delay_s=0.25) + wobble(n, 4.0, 3.0, pitch + player)
    tone = read_table(table, phase(base, n, cents=bend)) * np.float32(0.5)
    hair = filtered(noise(n, pitch + player), band_pass(3200.0, 0.8))
    swelling = swell(n, min(0.16, length_s / 3), 0.25) * (1.0 + wobble(n, 3.0, 0.08, pitch * 3 + player))
    return as_sound((tone + np.float32(0.004) * hair) * swelling)


def flute(pitch: int, length_s: float, brightness: float) -> Mono:
    """A wooden flute: almost a sine, with air."""
    n = samples(length_s + 0.12)
    base = frequency(pitch)
    levels = np.array([1.0, 0.28 + 0.2 * brightness, 0.12 + 0.1 * brightness, 0.04, 0.02], dtype=np.float32)
    table = wavetable(levels)
    bend = vibrato(n, rate_hz=4.8, cents=12.0, delay_s=0.3) - 25.0 * np.exp(time_axis(n) * np.float32(-1.0 / 0.03))
    tone = read_table(table, phase(base, n, cents=bend.astype(np.float32))) * np.float32(0.5)
    air = filtered(noise(n, pitch), band_pass(min(base * 3.0, 6000.0), 1.2))
    return as_sound((tone + np.float32(0.025) * air) * swell(n, min(0.06, length_s / 3), 0.12))


def chip_lead(pitch: int, length_s: float, width: float) -> Mono:
    """The rectangle of an old console, rounded off; vibrato on held notes."""
    base = frequency(pitch)
    envelope = adsr(length_s, 0.006, 0.25, 0.62, 0.09)
    n = len(envelope)
    table = wavetable(softened(pulse(harmonics(base), width), base, 5200.0, 1.0))
    bend = vibrato(n, rate_hz=5.6, cents=14.0, delay_s=0.22)
    return read_table(table, phase(base, n, cents=bend)) * envelope * np.float32(0.5)


def chip_pluck(pitch: int, length_s: float, brightness: float) -> Mono:
    """A short triangle-and-pulse note for arpeggios."""
    base = frequency(pitch)
    envelope = adsr(length_s, 0.004, 0.16, 0.18, 0.08)
    numbers = harmonics(base)
    wave = as_sound(triangle(numbers) + np.float32(0.35 + 0.3 * brightness) * pulse(numbers, 0.25))
    table = wavetable(softened(wave, base, 2600.0 + 2600.0 * brightness, 1.5))
    return read_table(table, phase(base, len(envelope))) * envelope * np.float32(0.5)


def saw_pluck(pitch: int, length_s: float, opening: float) -> Mono:
    """Two detuned sawtooths behind a filter that snaps open to `opening` (0 to 1) and falls shut."""
    base = frequency(pitch)
    envelope = adsr(length_s, 0.005, 0.4, 0.35, 0.14)
    n = len(envelope)
    numbers = harmonics(base)
    tables = [wavetable(softened(saw(numbers), base, cutoff, 2.0)) for cutoff in (220.0, 500.0, 1100.0, 2400.0, 5000.0)]
    sweep = np.float32(0.12) + np.float32(opening) * np.exp(time_axis(n) * np.float32(-1.0 / 0.16))
    pair = sum(
        read_tables(tables, phase(base * ratio, n, start=start), sweep)
        for ratio, start in ((0.9985, 0.1), (1.0015, 0.6))
    )
    return faded((pair * envelope * np.float32(0.3)).astype(np.float32), 0.002, 0.01)
