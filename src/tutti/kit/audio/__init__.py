"""Sound in pieces: what a file holds, and its forms for HTTP Live Streaming, stored or made when asked.

Each form of a track is made by the same steps whichever way it is asked for: ffmpeg encodes (`transport`), its packets
are taken out (`packets`), put on an arithmetic grid (`grid`, `segmenter`), and written as fragmented MP4 (`fmp4`).
Nothing that ffmpeg reads can make it open a second file (`source`), and it runs within limits (`child`).
"""

from tutti.kit.audio.child import Completed, Limits, run_limited
from tutti.kit.audio.errors import AudioDamaged, AudioError, AudioRefused, FfmpegDied, LimitExceeded
from tutti.kit.audio.ffmpeg import find_ffmpeg
from tutti.kit.audio.grid import SEGMENT_S, Grid
from tutti.kit.audio.ladder import MASTER, PLAYLIST, Ladder, make_ladder, segment_name
from tutti.kit.audio.measuring import measure
from tutti.kit.audio.on_demand import make_init, make_segments
from tutti.kit.audio.playlists import INIT, master_playlist, media_playlist
from tutti.kit.audio.rungs import Extent, FlacStream, Rung, rungs_of
from tutti.kit.audio.settings import AudioSettings
from tutti.kit.audio.source import QUIET, Source, lossless_codec, reading
from tutti.kit.audio.waveform import make_waveform

__all__ = [
    "INIT",
    "MASTER",
    "PLAYLIST",
    "QUIET",
    "SEGMENT_S",
    "AudioDamaged",
    "AudioError",
    "AudioRefused",
    "AudioSettings",
    "Completed",
    "Extent",
    "FfmpegDied",
    "FlacStream",
    "Grid",
    "Ladder",
    "LimitExceeded",
    "Limits",
    "Rung",
    "Source",
    "find_ffmpeg",
    "lossless_codec",
    "make_init",
    "make_ladder",
    "make_segments",
    "make_waveform",
    "master_playlist",
    "measure",
    "media_playlist",
    "reading",
    "run_limited",
    "rungs_of",
    "segment_name",
]
