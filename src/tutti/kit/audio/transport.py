"""ffmpeg's part: it encodes or copies packets of a source into pipes, from a given packet of the grid on."""

from collections.abc import AsyncGenerator, Sequence

import msgspec

from tutti.kit.audio.child import CHUNK_BYTES, Child, Limits
from tutti.kit.audio.ffmpeg import find_ffmpeg
from tutti.kit.audio.grid import Grid
from tutti.kit.audio.measuring import Survey
from tutti.kit.audio.packets import PacketReader
from tutti.kit.audio.rungs import AAC_PACKET_SAMPLES, Rung
from tutti.kit.audio.settings import AudioSettings
from tutti.kit.audio.source import QUIET, Source, reading

_PRE_ROLL_PACKETS = 24
"""Encoded before those wanted and thrown away, until the encoder's choices are those it makes in the middle."""
_PRE_DECODE_S = 1.0
"""Decoded before what is wanted: codecs that overlap or predict need some packets to get into step."""
_PRE_DECODE_FRAMES = 16
"""Of an indexed stream: mp3's reservoir reaches back some of them, at the lowest bit rates ten."""
_SLACK_S = 2
"""So much may be missing at the end of a source, and is silence then; beyond that it is damaged."""
_WRITTEN = (
    *("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"),
    *("-movflags", "+empty_moov+default_base_moof+skip_trailer", "-frag_duration", "500000", "-f", "mp4"),
)


class Start(msgspec.Struct, frozen=True):
    """Where an encoder begins, and with which packet what it gives begins."""

    packet: int
    """On the grid; those before the one wanted are thrown away."""
    source_sample: int


def start_before(survey: Survey, rung: Rung, grid: Grid, packet: int) -> Start:
    """Return where to begin so that the encoder has its packets on the grid and is settled at ``packet``.

    Packet n holds the samples from (n - 1) * 1024 on, the first encoded packet being the encoder's priming. A start
    must fall on a whole sample of the source too, when sample rates differ.
    """
    if rung.codec == "flac":
        return Start(packet, packet * grid.packet_samples)
    rate = survey.extent.sample_rate_hz
    first = max(0, packet - _PRE_ROLL_PACKETS)
    while first * AAC_PACKET_SAMPLES * rate % grid.timescale_hz:
        first -= 1
    return Start(first, first * AAC_PACKET_SAMPLES * rate // grid.timescale_hz)


def encode_arguments(
    source: Source, survey: Survey, rungs: Sequence[Rung], grid: Grid, start: Start, pipes: Sequence[str]
) -> list[str]:
    """Return the call of ffmpeg that writes each rung into the pipe beside it; those of AAC share one ``grid``.

    The sound is decoded, cut and resampled once for all encoders. It is made exactly as long as the grid: a source
    that ends a little early is followed by silence, a longer one is cut.
    """
    call = [find_ffmpeg(), *QUIET]
    encoded = [(rung, pipe) for rung, pipe in zip(rungs, pipes, strict=True) if rung.codec == "aac"]
    copied = [pipe for rung, pipe in zip(rungs, pipes, strict=True) if rung.codec == "flac"]
    if not encoded:
        start_s = start.source_sample / survey.extent.sample_rate_hz - _PRE_DECODE_S
        return [*call, *reading(source, start_s=start_s), *_copy(copied)]
    inputs, heard = sounding(source, survey, start.source_sample)
    wanted = grid.heard_samples - start.packet * AAC_PACKET_SAMPLES
    chain = (
        heard,
        *((f"aresample={grid.timescale_hz}",) if grid.timescale_hz != survey.extent.sample_rate_hz else ()),
        f"aformat=sample_fmts=fltp:channel_layouts={'mono' if survey.extent.channels == 1 else 'stereo'}",
        f"apad=pad_len={_SLACK_S * grid.timescale_hz}",
        f"atrim=end_sample={wanted}",
        f"asplit={len(encoded)}",
    )
    labels = [f"[e{number}]" for number in range(len(encoded))]
    call += [*inputs, "-filter_complex", f"{','.join(chain)}{''.join(labels)}"]
    for label, (rung, pipe) in zip(labels, encoded, strict=True):
        call += ["-map", label, "-c:a", "aac", "-b:a", f"{rung.bit_rate_kbps}k", *_WRITTEN, pipe]
    return call + _copy(copied)


async def packets_of(child: Child, output: int) -> AsyncGenerator[list[bytes], None]:
    """Yield the packets of one output as they come, in groups, until it ends.

    Raises:
        BadTransport: it ends in the middle of something.
    """
    reader = PacketReader()
    while piece := await child.outputs[output].read(CHUNK_BYTES):
        if packets := reader.feed(piece):
            yield packets
    reader.end()


def ladder_limits(settings: AudioSettings) -> Limits:
    """Return what an encoding ffmpeg may take."""
    return Limits(
        memory_bytes=settings.memory_bytes,
        cpu_s=settings.ladder_cpu_s,
        wall_s=settings.ladder_wall_s,
        output_bytes=settings.ladder_bytes,
    )


def sounding(source: Source, survey: Survey, sample: int) -> tuple[list[str], str]:
    """Return the arguments that open the source, and the filters up to a chain of exactly what follows ``sample``."""
    if survey.links:
        return _chained(survey, sample)
    inputs, cut = opened(source, survey, sample)
    return inputs, f"[0:a:0]{','.join(cut)}"


def _chained(survey: Survey, sample: int) -> tuple[list[str], str]:
    """Do so for the links from that of ``sample`` on, each as long as it was counted."""
    inputs: list[str] = []
    filters: list[str] = []
    rest = [link for link in survey.links if link.first_sample + link.samples > sample]
    for number, link in enumerate(rest):
        skipped = max(0, sample - link.first_sample)
        inputs += reading(link.source, start_s=skipped / survey.extent.sample_rate_hz - _PRE_DECODE_S)
        left = link.samples - skipped
        cut = f"atrim=start_pts={skipped},asetpts=N/SR/TB,apad=whole_len={left},atrim=end_sample={left}"
        filters.append(f"[{number}:a:0]{cut}[link{number}]")
    joined = "".join(f"[link{number}]" for number in range(len(rest)))
    last = f"concat=n={len(rest)}:v=0:a=1" if len(rest) > 1 else "anull"
    return inputs, f"{';'.join(filters)};{joined}{last},asetpts=N/SR/TB"


def opened(source: Source, survey: Survey, sample: int) -> tuple[list[str], list[str]]:
    """Return the arguments that open a source of one stream, and the filters that leave what follows ``sample``."""
    if sample == 0:
        return reading(source), ["asetpts=N/SR/TB"]
    if survey.way == "time":
        start_s = sample / survey.extent.sample_rate_hz - _PRE_DECODE_S
        return reading(source, start_s=start_s), [f"atrim=start_pts={sample}", "asetpts=N/SR/TB"]
    if survey.way == "frames" and survey.index is not None:
        index = survey.index
        frame, place = index.place_before((sample + index.skipped_samples) // index.frame_samples - _PRE_DECODE_FRAMES)
        if frame > 0:
            before = sample + index.skipped_samples - frame * index.frame_samples
            return reading(source, skip_bytes=place), [f"atrim=start_sample={before}", "asetpts=N/SR/TB"]
    if survey.way == "near" and survey.times is not None:
        times = survey.times
        start_s = (sample + times.first) / survey.extent.sample_rate_hz - _PRE_DECODE_S
        placed = f"asetpts='round((PTS-{times.first})/{times.frame_samples})*{times.frame_samples}'"
        return reading(source, start_s=start_s), [placed, f"atrim=start_pts={sample}", "asetpts=N/SR/TB"]
    return reading(source), ["asetpts=N/SR/TB", f"atrim=start_sample={sample}", "asetpts=N/SR/TB"]


def _copy(pipes: Sequence[str]) -> list[str]:
    return [part for pipe in pipes for part in ("-map", "0:a:0", "-c:a", "copy", *_WRITTEN, pipe)]
