"""A worker: reads a job a line, does it, answers a line. Ends when its standard input does, so with its parent.

Run as ``python -m tutti.demo.worker``. What the disk or ffmpeg refuses is an answer too; a mistake of its own ends it,
with a traceback that the parent passes on.
"""

import sys
from pathlib import Path

import msgspec
import numpy as np

from tutti.demo.covers.canvas import jpeg
from tutti.demo.encoding import EncodingFailed, encode
from tutti.demo.jobs import JOBS, Done, Failed, Measured, Paint, Record
from tutti.demo.mixing.loudness import integrated_lufs
from tutti.demo.studio import PAINTINGS, record
from tutti.demo.synth.signal import SAMPLE_RATE_HZ


def do(job: Record | Paint) -> Done:
    """Do a job.

    Raises:
        EncodingFailed: ffmpeg refused. OSError: a file cannot be written, or ffmpeg not be started.
    """
    if isinstance(job, Paint):
        Path(job.target).write_bytes(jpeg(PAINTINGS[job.painting](job.seed)))
        return Done()
    take, tracks = record(job.piece, job.seed, job.level_lufs)
    for number, (sound, target) in enumerate(zip(tracks, job.targets, strict=True)):
        if target is not None:
            encode(sound, Path(target), job.format, ffmpeg=job.ffmpeg, seed=job.seed + number)
    measured = [
        Measured(integrated_lufs(sound), float(np.max(np.abs(sound))), sound.shape[1] / SAMPLE_RATE_HZ)
        for sound in tracks
    ]
    return Done(measured, list(take.line_starts_s))


def _answer(job: Record | Paint) -> Done | Failed:
    try:
        return do(job)
    except EncodingFailed as error:
        return Failed(str(error))
    except OSError as error:
        return Failed(": ".join(filter(None, [error.filename, error.strerror])) or str(error))


def main() -> None:
    """Work until there are no more jobs."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(_answer(JOBS.decode(line))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
