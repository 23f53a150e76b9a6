"""What one copy of streaming has found out, and the others need not find out again.

Two things cost enough: a stored playlist is two requests to the object storage, and how much sound a file of a library
holds is a run of ffmpeg, up to a second for some containers. A player's requests go round the copies, so each would
pay for each track. Both are named by what they are of (a digest, or a file's size and time), so they are never wrong,
only forgotten. Who may hear what is not shared: it is asked of accounts and catalogue by each copy.
"""

from collections.abc import Awaitable, Callable

import msgspec

from tutti.kit.audio import Extent
from tutti.kit.stores import Stores

_LONGEST_SHARED_BYTES = 64 * 1024
"""Of a playlist: half a day of music. Longer ones are read by each copy."""
_extent = msgspec.msgpack.Decoder(Extent)


class Findings:
    """Asks the other copies first; where this one is alone, its own memory (`Hot`) is enough."""

    def __init__(self, stores: Stores, *, playlists_s: float, extents_s: float) -> None:
        self._stores = stores
        self._playlists_s = playlists_s
        self._extents_s = extents_s

    async def playlist(self, key: str, read: Callable[[], Awaitable[bytes | None]]) -> bytes | None:
        """Return the playlist stored under ``key``, by ``read`` if no copy has it; None where there is none."""
        if self._stores.link is None:
            return await read()
        shared = f"streaming:playlist:{key}"
        found = await self._stores.get(shared)
        if found is None:
            found = await read()
            if found is not None and len(found) <= _LONGEST_SHARED_BYTES:
                await self._stores.set(shared, found, self._playlists_s)
        return found

    async def extent(self, version: str, measure: Callable[[], Awaitable[Extent]]) -> Extent:
        """Return the extent of the file that ``version`` names, by ``measure`` if no copy has it."""
        if self._stores.link is None:
            return await measure()
        shared = f"streaming:extent:{version}"
        found = await self._stores.get(shared)
        if found is not None:
            try:
                return _extent.decode(found)
            except msgspec.MsgspecError:
                pass  # of another version of Tutti, during an upgrade
        extent = await measure()
        await self._stores.set(shared, msgspec.msgpack.encode(extent), self._extents_s)
        return extent
