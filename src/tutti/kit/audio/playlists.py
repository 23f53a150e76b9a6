"""Playlists of HTTP Live Streaming (RFC 8216), the same for stored and on-demand segments."""

import math
from collections.abc import Callable, Iterable
from fractions import Fraction

from tutti.kit.audio.grid import Grid
from tutti.kit.audio.rungs import Rung

_VERSION = 7
"""EXT-X-MAP outside of I-frame playlists takes 6; 7 is what fragmented MP4 players expect."""
INIT = -1
"""The number that stands for the init segment where addresses are made."""


def master_playlist(rungs: Iterable[Rung], uri_of: Callable[[Rung], str]) -> str:
    """Return the playlist that offers the rungs, in the order given; ``uri_of`` names each one's own playlist."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for rung in rungs:
        lines += [
            f'#EXT-X-STREAM-INF:BANDWIDTH={rung.peak_bps},AVERAGE-BANDWIDTH={rung.average_bps},CODECS="{rung.codecs}"',
            uri_of(rung),
        ]
    return "\n".join([*lines, ""])


def media_playlist(grid: Grid, uri_of: Callable[[int], str]) -> str:
    """Return the playlist of one rung; ``uri_of`` names the segment of a number, and the init segment for `INIT`."""
    longest = max(grid.exact_duration_s(number) for number in range(grid.segments))
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{math.floor(longest + Fraction(1, 2))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{uri_of(INIT)}"',
    ]
    for number in range(grid.segments):
        lines += [f"#EXTINF:{grid.duration_s(number):.6f},", uri_of(number)]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])
