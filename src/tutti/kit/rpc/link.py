"""The way to one peer: a channel that is opened with the first call, inside the running loop."""

import asyncio
from contextlib import suppress

from tutti.kit.rpc.bare import Ask, Channel
from tutti.kit.rpc.settings import RpcSettings
from tutti.kit.rpc.tls import Tls


class Link:
    """Connections to all copies of one service."""

    def __init__(self, target: str, service: str, settings: RpcSettings, tls: Tls | None) -> None:
        self._target = target
        self._service = service
        self._settings = settings
        self._tls = tls
        self._channel: Channel | None = None
        self._asks: dict[str, Ask] = {}
        self._connecting: asyncio.Task[bool] | None = None

    def is_ready(self) -> bool:
        """Whether a copy is connected; begins to connect where none is."""
        return self._opened().is_ready()

    async def wait(self, seconds: float) -> bool:
        """Wait until a copy is connected, for that long at most; return whether one is."""
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.create_task(self._opened().ready())
        done, _ = await asyncio.wait({self._connecting}, timeout=max(seconds, 0))
        return bool(done) and not self._connecting.cancelled() and self._connecting.result()

    def ask(self, path: str) -> Ask:
        """Return what calls the method at ``path``."""
        found = self._asks.get(path)
        if found is None:
            found = self._asks[path] = self._opened().ask(path)
        return found

    async def close(self) -> None:
        """Close the connections; calls under way are cancelled."""
        if self._connecting is not None:
            self._connecting.cancel()
            with suppress(asyncio.CancelledError):
                await self._connecting
        if self._channel is not None:
            await self._channel.close()

    def _opened(self) -> Channel:
        if self._channel is None:
            self._channel = Channel(self._target, self._service, self._settings, self._tls)
        return self._channel
