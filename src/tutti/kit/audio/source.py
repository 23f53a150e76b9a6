"""A file of sound, and how ffmpeg is told to read that file and nothing else."""

import msgspec

from tutti.kit.audio.errors import AudioRefused


class Source(msgspec.Struct, frozen=True):
    """An original as its owner describes it. `container` and `codec` are the names that the catalogue uses."""

    path: str
    """Absolute, on this machine."""
    codec: str
    container: str
    sample_rate_hz: int
    channels: int
    bit_rate_kbps: int | None
    lossless: bool
    bit_depth: int | None = None
    span: tuple[int, int] | None = None
    """From which byte up to which one it is read, where that is not all of the file."""


_DEMUXERS = {
    "mp3": "mp3",
    "adts": "aac",
    "flac": "flac",
    "mp4": "mov",
    "ogg": "ogg",
    "wav": "wav",
    "aiff": "aiff",
    "asf": "asf",
    "ape": "ape",
    "wavpack": "wv",
    "dsf": "dsf",
}
"""The demuxer of each container. None of them opens a second file: playlists and scripts are not among them."""
CONTAINERS = tuple(_DEMUXERS)
"""What can be read here."""

_DECODERS = (
    *(
        "mp1float",
        "mp2float",
        "mp3float",
        "mp1",
        "mp2",
        "mp3",
        "aac",
        "alac",
        "flac",
        "vorbis",
        "opus",
        "libopus",
        "libvorbis",
    ),
    *("wavpack", "ape", "wmav1", "wmav2", "wmapro", "wmalossless", "ac3", "eac3"),
    *("dsd_lsbf", "dsd_msbf", "dsd_lsbf_planar", "dsd_msbf_planar"),
    *(f"pcm_{kind}{bits}{order}" for kind in "su" for bits in (16, 24, 32) for order in ("le", "be")),
    *("pcm_s8", "pcm_u8", "pcm_s64le", "pcm_s64be", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be"),
    *("pcm_alaw", "pcm_mulaw", "adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt"),
)
"""No decoder of pictures: cover art is not ffmpeg's business here."""


def lossless_codec(codec: str) -> bool:
    """Tell whether a codec (by the catalogue's name) keeps every sample."""
    return codec in {"flac", "alac", "pcm", "wavpack", "ape", "wmalossless", "dsd"}


QUIET = ("-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1", "-copyts")
"""Global arguments before all inputs: one thread for each step, and time stamps as they are in the file."""


def reading(source: Source, *, start_s: float = 0.0, last_s: float = 0.0, skip_bytes: int = 0) -> list[str]:
    """Return ffmpeg's arguments that open the source, from somewhat before ``start_s`` on or for its ``last_s`` only.

    The demuxer is fixed, no protocol but plain files is allowed, references inside MP4 to other files stay closed, and
    only decoders of sound may run. ``skip_bytes`` are left out at the front, which only containers without a header
    bear.

    Raises:
        AudioRefused: a container that is not read here.
    """
    demuxer = _DEMUXERS.get(source.container)
    if demuxer is None:
        raise AudioRefused(f"The container {source.container!r} cannot be read here.")
    protocols, address = _address(source)
    return [
        *(
            "-protocol_whitelist",
            protocols,
            "-format_whitelist",
            demuxer,
            "-codec_whitelist",
            ",".join(_DECODERS),
        ),
        *("-probesize", "1000000", "-analyzeduration", "1000000"),
        *(("-enable_drefs", "0") if demuxer == "mov" else ()),
        *(("-skip_initial_bytes", str(skip_bytes)) if skip_bytes else ()),
        *(("-ss", f"{start_s:.6f}", "-noaccurate_seek") if start_s > 0 else ()),
        *(("-sseof", f"-{last_s:.6f}") if last_s > 0 else ()),
        *("-f", demuxer, "-i", address),
    ]


def _address(source: Source) -> tuple[str, str]:
    """Return the protocols that it takes to read the source, and its address by them."""
    if source.span is None:
        return "file", f"file:{source.path}"
    begin, end = source.span
    return "subfile,file", f"subfile,,start,{begin},end,{end},,:file:{source.path}"
