"""Sounds whose loudness, peaks and silences are known, and what ffmpeg's filters make of them."""

import subprocess
from pathlib import Path

from support.audio import ffmpeg
from tutti.kit.audio.child import Limits
from tutti.kit.audio.source import Source
from tutti.services.media.service.analysis import Analysis, analyse

RATE_HZ = 48_000
LIMITS = Limits(memory_bytes=2_000_000_000, cpu_s=300, wall_s=300, output_bytes=10_000_000)
CONTAINERS = {".wav": "wav", ".flac": "flac", ".mp3": "mp3", ".m4a": "mp4", ".opus": "ogg"}


def record(path: Path, expression: str, seconds: float, *arguments: str, rate_hz: int = RATE_HZ) -> Path:
    """Write what ``expression`` (of ffmpeg's aevalsrc, channels parted by |) sounds like."""
    source = f"aevalsrc='{expression}':d={seconds}:s={rate_hz}"
    command = [ffmpeg(), "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", source, *arguments, str(path)]
    subprocess.run(command, check=True)
    return path


async def measure(path: Path, total_samples: int, rate_hz: int = RATE_HZ) -> Analysis:
    container = CONTAINERS[path.suffix]
    source = Source(str(path), "", container, rate_hz, 2, None, lossless=False)
    return await analyse(ffmpeg(), source, total_samples, LIMITS)
