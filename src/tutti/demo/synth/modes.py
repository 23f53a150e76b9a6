"""Things that are struck or plucked: sums of sines that die away, each at its own pace.

A plucked string in a damped loop (Karplus and Strong, 1983) is a linear system, so its sound is a sum of decaying
sines. Computing that sum directly needs no sample-by-sample loop, hits every pitch exactly and cannot alias. With
z = exp(rate) per sample, sample j*B + i is Im(sum_p a_p z_p^(jB) z_p^i): two small matrix products.
"""

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tutti.demo.synth.signal import SAMPLE_RATE_HZ, Mono, as_sound

Matrix: TypeAlias = npt.NDArray[np.complex64]

_BLOCK = 512
_TOP_HZ = 16_000.0


def ring(freqs_hz: Mono, amplitudes: Mono, t60s_s: Mono, n: int) -> Mono:
    """Return `n` samples of sines of these frequencies that fall by 60 dB in their `t60s_s`; each starts at 0."""
    heard = (freqs_hz < _TOP_HZ) & (np.abs(amplitudes) > 1e-5)
    freqs, decays = freqs_hz[heard].astype(np.float64), t60s_s[heard].astype(np.float64)
    rate = (-math.log(1000.0) / decays + 2j * math.pi * freqs) / SAMPLE_RATE_HZ
    starts = np.arange(math.ceil(n / _BLOCK)) * _BLOCK
    coarse: Matrix = (np.exp(starts[:, None] * rate) * amplitudes[heard]).astype(np.complex64)
    fine: Matrix = np.exp(rate[:, None] * np.arange(_BLOCK)).astype(np.complex64)
    blocks = coarse.imag @ fine.real + coarse.real @ fine.imag
    return as_sound(blocks.reshape(-1)[:n])
