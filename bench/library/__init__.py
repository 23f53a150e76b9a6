"""The library generator: N tagged tracks with distinct names, small real audio files, the same for the same seed."""

from bench.library.generate import generate

__all__ = ["generate"]
