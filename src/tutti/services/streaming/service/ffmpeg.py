"""Which ffmpeg: a system one of version 5 or newer, else the one that comes as a Python package."""

import re
import shutil
import subprocess
from functools import cache

import imageio_ffmpeg

_VERSION = re.compile(r"ffmpeg version n?(\d+)")
_OLDEST = 5


@cache
def find_ffmpeg() -> str:
    """Return the path of the ffmpeg to run."""
    system = shutil.which("ffmpeg")
    if system is not None:
        said = subprocess.run([system, "-version"], capture_output=True, text=True, check=False).stdout
        found = _VERSION.search(said)
        if found is not None and int(found[1]) >= _OLDEST:
            return system
    return imageio_ffmpeg.get_ffmpeg_exe()
