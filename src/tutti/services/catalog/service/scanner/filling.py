"""A scan of a folder that is being filled: what has come is taken in while the rest is still made."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import msgspec

from tutti.services.catalog.service.scanner.progress import Progress
from tutti.services.catalog.service.scanner.scan import ScanFailed


class Filled(msgspec.Struct, frozen=True):
    """How far the filling of a folder is; the counts never fall."""

    tracks: int
    """Tracks that are made, though their files may not be there before their album is whole."""
    albums: int
    """Albums that are whole: all of their files are there."""
    all_tracks: int


Fill = Callable[[], AsyncGenerator[Filled, None]]
"""Fills a folder, goes on where it was stopped, and says how far it is; raises `ScanFailed`. Closing it stops it."""


async def scan_while_filled(fill: Fill, scan: Callable[[], Awaitable[None]], progress: Progress) -> None:
    """Fill a folder, and scan it each time that an album is whole, and in the end.

    Raises:
        ScanFailed: it cannot be filled, and what is there has been scanned; or it cannot be scanned.
    """
    failure: ScanFailed | None = None
    whole = 0
    try:
        async with aclosing(fill()) as steps:
            async for step in steps:
                progress.compose_on(composed=step.tracks, to_compose=step.all_tracks)
                if step.albums > whole:
                    whole = step.albums
                    await scan()
    except ScanFailed as error:
        failure = error
    await scan()
    if failure is not None:
        raise failure
