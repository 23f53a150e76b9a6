"""ReplayGain 2.0 and R128 gains of tracks and albums."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tutti.demo.jobs import Measured

REPLAYGAIN_LUFS = -18.0
R128_LUFS = -23.0


@dataclass(frozen=True)
class Gains:
    """How loud a track and its album are (LUFS), and their highest samples (1.0 is full scale)."""

    track_lufs: float
    track_peak: float
    album_lufs: float
    album_peak: float

    def replaygain(self) -> dict[str, str]:
        """Return the ReplayGain 2.0 tags by their usual names, in lower case."""
        return {
            "replaygain_track_gain": f"{REPLAYGAIN_LUFS - self.track_lufs:.2f} dB",
            "replaygain_track_peak": f"{self.track_peak:.6f}",
            "replaygain_album_gain": f"{REPLAYGAIN_LUFS - self.album_lufs:.2f} dB",
            "replaygain_album_peak": f"{self.album_peak:.6f}",
        }

    def r128(self) -> dict[str, str]:
        """Return Opus' own tags (RFC 7845, section 5.2.1): dB towards -23 LUFS in 256ths; it knows no peaks."""
        return {
            "r128_track_gain": str(round((R128_LUFS - self.track_lufs) * 256)),
            "r128_album_gain": str(round((R128_LUFS - self.album_lufs) * 256)),
        }


def album_gains(tracks: Sequence[Measured]) -> list[Gains]:
    """Return the gains of the tracks of an album, whose loudness is the mean of the tracks' power over its length."""
    seconds = sum(track.seconds for track in tracks)
    power = sum(math.pow(10.0, track.lufs / 10.0) * track.seconds for track in tracks) / seconds
    album_lufs, album_peak = 10.0 * math.log10(power), max(track.peak for track in tracks)
    return [Gains(track.lufs, track.peak, album_lufs, album_peak) for track in tracks]
