"""What the writer tells a worker, and what comes back: one line of JSON each, over the worker's standard streams."""

import msgspec

from tutti.demo.library import AudioFormat


class Record(msgspec.Struct, frozen=True, tag=True):
    """Play a piece at a loudness, and write its tracks to files; None for a track that is there already."""

    piece: str
    seed: int
    level_lufs: float
    format: AudioFormat
    targets: list[str | None]
    ffmpeg: str


class Paint(msgspec.Struct, frozen=True, tag=True):
    """Draw a cover and write it to a JPEG file."""

    painting: str
    seed: int
    target: str


class Measured(msgspec.Struct, frozen=True):
    """A track as it came out: loudness by BS.1770, highest sample (1.0 is full scale), length."""

    lufs: float
    peak: float
    seconds: float


class Done(msgspec.Struct, frozen=True, tag=True):
    """A job is done. For a recording: its tracks, and when its sung lines begin (in the recording)."""

    tracks: list[Measured] = []
    line_starts_s: list[float] = []


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A job cannot be done; the reason is for people."""

    reason: str


JOBS = msgspec.json.Decoder(Record | Paint)
ANSWERS = msgspec.json.Decoder(Done | Failed)
