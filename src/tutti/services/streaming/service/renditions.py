"""What can be made of an original, and how ffmpeg is asked for it."""

import hashlib
from typing import Literal

import msgspec

Format = Literal["mp3", "aac", "opus", "flac"]

MIME: dict[Format, str] = {"mp3": "audio/mpeg", "aac": "audio/aac", "opus": "audio/ogg", "flac": "audio/flac"}
_AT_MOST_STEREO = "aformat=channel_layouts=mono|stereo"  # ADTS cannot hold 7.1, nor mp3 more than two
_AS_STEREO = "pan=stereo|FL=FL+FC|FR=FR+FC"  # a channel that is not there is silent; one alone stays as loud as it was
_OPUS_CHANNEL_KBPS = 256  # libopus refuses more of each channel; the other encoders do what they can
_ENCODERS: dict[Format, tuple[str, ...]] = {
    "mp3": ("-c:a", "libmp3lame", "-f", "mp3", "-write_xing", "0"),
    "aac": ("-c:a", "aac", "-f", "adts"),
    "opus": ("-c:a", "libopus", "-vbr", "on", "-f", "ogg", "-page_duration", "100000"),
    "flac": ("-c:a", "flac", "-compression_level", "5", "-f", "flac", "-metadata_header_padding", "0"),
}
HEAD_BYTES: dict[Format, int] = {"mp3": 20, "aac": 0, "opus": 128, "flac": 60}
"""What ffmpeg writes before the first sound. Where no more comes there is none; all but flac say so themselves."""
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


def command(ffmpeg: str, source: str, rendition: Rendition, *, chained: bool = False) -> list[str]:
    """Return the call that writes the rendition to standard output as it is made: the same bytes each time.

    ffmpeg may open nothing but the file: a playlist inside a media file leads nowhere (``-protocol_whitelist``). Where
    there is no sound it fails (``-abort_on``), having written no more than a head. In ``chained`` Ogg time begins anew
    with each link, and a seek ends with the link that it finds: all of it is decoded, and cut by counting.
    """
    offset = f"{rendition.offset_ms / 1000:.3f}"
    sought = () if chained else ("-ss", offset)
    counted = ("asetpts=N/SR/TB", f"atrim=start={offset}", "asetpts=N/SR/TB") if chained else ()
    filters = (*counted, *_mixed(rendition))
    rate = () if rendition.format == "flac" else ("-b:a", f"{rendition.bit_rate_kbps}k")
    return [
        ffmpeg,
        *("-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1"),
        *("-abort_on", "empty_output+empty_output_stream"),
        *("-protocol_whitelist", "file,pipe", "-probesize", "524288", "-analyzeduration", "500000"),
        *(*sought, "-i", f"file:{source}"),
        *("-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"),
        *(("-af", ",".join(filters)) if filters else ()),
        *_ENCODERS[rendition.format],
        *rate,
        *("-fflags", "+bitexact", "-flags:a", "+bitexact"),  # Ogg streams are numbered at random without
        *("-flush_packets", "1", "pipe:1"),
    ]


def _mixed(rendition: Rendition) -> tuple[str, ...]:
    """Return the filters that make as many channels as the encoder takes at this bit rate."""
    if rendition.format == "flac":
        return ()
    if rendition.format == "opus" and rendition.bit_rate_kbps > _OPUS_CHANNEL_KBPS:
        return (_AT_MOST_STEREO, _AS_STEREO)
    return (_AT_MOST_STEREO,)
