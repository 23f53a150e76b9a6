"""What the bytes of an upload are, found out within limits before anything is made of them."""

import asyncio
import hashlib
from pathlib import Path

import msgspec

from tutti.kit.audio.child import Limits, run_limited
from tutti.kit.audio.errors import AudioRefused, LimitExceeded
from tutti.kit.audio.settings import AudioSettings
from tutti.kit.audio.source import Source, reading
from tutti.services.media.service.probing import NoAudio, Probed, read_probe, sniff
from tutti.services.media.service.probing.formats import Format
from tutti.services.media.service.probing.reading import ARGUMENTS
from tutti.services.media.service.work.refusals import Refused

_HASHED_AT_ONCE_BYTES = 32 * 1024 * 1024
_READ_BYTES = 1024 * 1024
_PROBE_OUTPUT_BYTES = 1_000_000


class Found(msgspec.Struct, frozen=True):
    """What was found in a file."""

    digest: str
    """SHA-256 of its bytes, in hex."""
    size_bytes: int
    format: Format
    source: Source


async def look_into(ffmpeg: str, path: Path, settings: AudioSettings) -> Found:
    """Find out what a file is; its name does not matter.

    Raises:
        Refused: there is no sound in it.
        FfmpegDied: a signal killed ffmpeg.
        OSError: the file cannot be read, or ffmpeg not started.
    """
    format_ = await asyncio.to_thread(_sniff, path)
    if format_ is None:
        raise Refused("NOT_AUDIO", "The file is not in any audio format that is read here.")
    probed = await _probe(ffmpeg, path, format_, settings)
    source = Source(
        path=str(path),
        codec=probed.codec,
        container=format_.name,
        sample_rate_hz=probed.sample_rate_hz,
        channels=probed.channels,
        bit_rate_kbps=probed.bit_rate_kbps,
        lossless=probed.lossless,
    )
    size_bytes = await asyncio.to_thread(lambda: path.stat().st_size)
    return Found(await hash_file(path), size_bytes, format_, source)


async def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file in hex; in steps between which it can be cancelled."""
    digest = hashlib.sha256()
    with path.open("rb") as file:

        def hash_some() -> bool:
            for _ in range(_HASHED_AT_ONCE_BYTES // _READ_BYTES):
                if not (chunk := file.read(_READ_BYTES)):
                    return False
                digest.update(chunk)
            return True

        while await asyncio.to_thread(hash_some):
            pass
    return digest.hexdigest()


async def _probe(ffmpeg: str, path: Path, format_: Format, settings: AudioSettings) -> Probed:
    unknown = Source(str(path), "", format_.name, 0, 0, None, lossless=False)
    argv = [ffmpeg, "-hide_banner", "-nostats", "-nostdin", "-v", "info", *reading(unknown), *ARGUMENTS]
    limits = Limits(
        memory_bytes=settings.memory_bytes,
        cpu_s=settings.read_cpu_s,
        wall_s=settings.read_wall_s,
        output_bytes=_PROBE_OUTPUT_BYTES,
    )
    try:
        return read_probe((await run_limited(argv, limits)).stderr)
    except LimitExceeded as error:
        raise Refused("DAMAGED", f"What the file is cannot be found out: {error}") from error
    except (AudioRefused, NoAudio) as error:
        said = f" ({error})" if str(error) else ""
        raise Refused("NOT_AUDIO", f"No sound can be read from the file{said}.") from error


def _sniff(path: Path) -> Format | None:
    with path.open("rb") as file:
        return sniff(file)
