"""What can be made of an original, and how ffmpeg is asked for it."""

import hashlib
from typing import Literal

import msgspec

Format = Literal["mp3", "aac", "opus", "flac"]

MIME: dict[Format, str] = {"mp3": "audio/mpeg", "aac": "audio/aac", "opus": "audio/ogg", "flac": "audio/flac"}
_ENCODERS: dict[Format, tuple[str, ...]] = {
    "mp3": ("-c:a", "libmp3lame", "-f", "mp3", "-write_xing", "0"),
    "aac": ("-c:a", "aac", "-f", "adts"),
    "opus": ("-c:a", "libopus", "-vbr", "on", "-f", "ogg", "-page_duration", "100000"),
    "flac": ("-c:a", "flac", "-compression_level", "5", "-f", "flac"),
}
BIT_RATES = (32, 512)


class Rendition(msgspec.Struct, frozen=True):
    """One encoded form of an original, from a position on."""

    format: Format
    bit_rate_kbps: int
    offset_ms: int

    def key(self, fingerprint: str, etag: str) -> str:
        """Name of this rendition of that very original: a changed file gets new ones."""
        said = f"{fingerprint}|{etag}|{self.format}|{self.bit_rate_kbps}|{self.offset_ms}"
        return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def command(ffmpeg: str, source: str, rendition: Rendition) -> list[str]:
    """Return the call that writes the rendition to standard output as it is made: the same bytes each time.

    ffmpeg may open nothing but the file: a playlist inside a media file leads nowhere (``-protocol_whitelist``).
    """
    rate = () if rendition.format == "flac" else ("-b:a", f"{rendition.bit_rate_kbps}k")
    return [
        ffmpeg,
        *("-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1"),
        *("-protocol_whitelist", "file,pipe", "-probesize", "524288", "-analyzeduration", "500000"),
        *("-ss", f"{rendition.offset_ms / 1000:.3f}", "-i", f"file:{source}"),
        *("-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *_ENCODERS[rendition.format],
        *rate,
        *("-fflags", "+bitexact", "-flags:a", "+bitexact"),  # Ogg streams are numbered at random without
        *("-flush_packets", "1", "pipe:1"),
    ]
