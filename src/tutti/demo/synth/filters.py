"""Filters of fixed shape, applied in the frequency domain.

The responses are those of the analogue circuits (evaluated on the imaginary axis), so they are causal: nothing rings
before it sounds.
"""

import math
from collections.abc import Callable
from functools import reduce
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tutti.demo.synth.signal import SAMPLE_RATE_HZ, Mono

Frequencies: TypeAlias = npt.NDArray[np.float32]
Response: TypeAlias = npt.NDArray[np.complex64]
Filter: TypeAlias = Callable[[Frequencies], Response]
"""The complex gain at frequencies in Hz."""

_KERNEL = 1 << 14
_BLOCK = 1 << 17


def low_pass(cutoff_hz: float, q: float = 0.707) -> Filter:
    """12 dB per octave above `cutoff_hz`."""

    def response(freqs: Frequencies) -> Response:
        s = 1j * freqs / np.float32(cutoff_hz)
        return (1.0 / (1.0 + s / q + s * s)).astype(np.complex64)

    return response


def high_pass(cutoff_hz: float, q: float = 0.707) -> Filter:
    """12 dB per octave below `cutoff_hz`."""

    def response(freqs: Frequencies) -> Response:
        s = 1j * freqs / np.float32(cutoff_hz)
        return (s * s / (1.0 + s / q + s * s)).astype(np.complex64)

    return response


def band_pass(centre_hz: float, q: float) -> Filter:
    """6 dB per octave on both sides of a peak of 1 at `centre_hz`."""

    def response(freqs: Frequencies) -> Response:
        s = 1j * freqs / np.float32(centre_hz)
        return ((s / q) / (1.0 + s / q + s * s)).astype(np.complex64)

    return response


def bell(centre_hz: float, level_db: float, q: float = 1.0) -> Filter:
    """Raise or lower what is around `centre_hz`."""
    a = math.pow(10.0, level_db / 40.0)

    def response(freqs: Frequencies) -> Response:
        s = 1j * freqs / np.float32(centre_hz)
        return ((1.0 + s * a / q + s * s) / (1.0 + s / (a * q) + s * s)).astype(np.complex64)

    return response


def high_shelf(corner_hz: float, level_db: float) -> Filter:
    """Raise or lower everything above `corner_hz`, 6 dB per octave."""
    a = math.pow(10.0, level_db / 40.0)

    def response(freqs: Frequencies) -> Response:
        s = 1j * freqs / np.float32(corner_hz)
        return ((1.0 + s * a) / (1.0 + s / a)).astype(np.complex64)

    return response


def chain(*filters: Filter) -> Filter:
    """Return one filter that does what these do one after another."""
    return lambda freqs: reduce(np.multiply, (each(freqs) for each in filters))


def fast_size(n: int) -> int:
    """Return the smallest product of 2s, 3s and 5s that is at least `n`: sizes that the FFT is fast at."""
    best = 1 << (n - 1).bit_length()
    for fives in (1, 5, 25, 125):
        for threes in (1, 3, 9, 27):
            odd = fives * threes
            best = min(best, odd << max(0, math.ceil(n / odd) - 1).bit_length())
    return best


def filtered(sound: Mono, shape: Filter) -> Mono:
    """Return a sound of shape (n,) behind a filter."""
    n = len(sound)
    if n < _BLOCK:
        size = fast_size(n + _KERNEL)
        spectrum = np.fft.rfft(sound, size) * shape(_axis(size))
        return np.fft.irfft(spectrum, size)[:n].astype(np.float32, copy=False)
    result = np.zeros_like(sound)
    kernel = np.fft.irfft(shape(_axis(2 * _KERNEL)))[:_KERNEL]
    add_convolved(result, sound, kernel.astype(np.float32, copy=False))
    return result


def apply(sound: Mono, shape: Filter) -> None:
    """Filter a sound of shape (2, n) in place, one channel after the other: the copies of a whole piece are large."""
    for channel in sound:
        channel[:] = filtered(channel, shape)


def add_convolved(target: Mono, sound: Mono, kernel: Mono) -> None:
    """Add the convolution of `sound` with `kernel` to `target`, all of shape (n,), in blocks (overlap-add)."""
    n, size = len(target), fast_size(max(2 * len(kernel), _BLOCK))
    hop = size - len(kernel) + 1
    response = np.fft.rfft(kernel, size)
    for start in range(0, n, hop):
        spectrum = np.fft.rfft(sound[start : start + hop], size)
        spectrum *= response
        end = min(start + size, n)
        target[start:end] += np.fft.irfft(spectrum, size)[: end - start]


def _axis(size: int) -> Frequencies:
    return np.arange(size // 2 + 1, dtype=np.float32) * np.float32(SAMPLE_RATE_HZ / size)
