"""Sounds whose loudness, peaks and silences are known, and what ffmpeg's filters make of them."""

import subprocess
from pathlib import Path

from support.audio import ffmpeg
from tutti.services.media.service.analysis import Analysis, filter_chain, read_analysis

RATE_HZ = 48_000


def record(path: Path, expression: str, seconds: float, *arguments: str, rate_hz: int = RATE_HZ) -> Path:
    """Write what ``expression`` (of ffmpeg's aevalsrc, channels parted by |) sounds like."""
    source = f"aevalsrc='{expression}':d={seconds}:s={rate_hz}"
    command = [ffmpeg(), "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", source, *arguments, str(path)]
    subprocess.run(command, check=True)
    return path


def measure(path: Path, total_samples: int, rate_hz: int = RATE_HZ) -> Analysis:
    command = [ffmpeg(), "-v", "info", "-hide_banner", "-nostats", "-nostdin", "-i", str(path), "-map", "0:a:0"]
    done = subprocess.run(
        [*command, "-af", filter_chain(total_samples), "-f", "null", "-"], check=True, capture_output=True, text=True
    )
    return read_analysis(done.stdout, done.stderr, total_samples, rate_hz)
