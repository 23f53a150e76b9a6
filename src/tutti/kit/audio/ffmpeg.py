"""Which ffmpeg: a system one of version 5 or newer, else the one that comes as a Python package."""

import re
import shutil
import subprocess
from functools import cache

import imageio_ffmpeg

_VERSION = re.compile(r"ffmpeg version n?(\d+)")
_OLDEST = 5


def find_ffmpeg() -> str:
    """Return the path of the ffmpeg to run.

    Raises:
        FileNotFoundError: there is none at present.
    """
    if (system := shutil.which("ffmpeg")) is not None and _is_recent(system):
        return system
    try:
        packaged = shutil.which(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:  # the package came without one
        packaged = None
    if packaged is None:
        raise FileNotFoundError("There is no ffmpeg here; install version 5 or newer.")
    return packaged


@cache
def _is_recent(path: str) -> bool:
    try:
        said = subprocess.run([path, "-version"], capture_output=True, text=True, check=False).stdout
    except OSError:  # of another kind of machine, say
        return False
    found = _VERSION.search(said)
    return found is not None and int(found[1]) >= _OLDEST
