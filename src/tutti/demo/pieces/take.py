"""What a piece hands over."""

from dataclasses import dataclass

from tutti.demo.synth.signal import Stereo


@dataclass(frozen=True)
class Take:
    """An unmastered mix of shape (2, n).

    `cuts_s` are the seconds at which it is cut into tracks that play on without a gap, `line_starts_s` those at which
    sung lines begin.
    """

    sound: Stereo
    cuts_s: tuple[float, ...] = ()
    line_starts_s: tuple[float, ...] = ()
