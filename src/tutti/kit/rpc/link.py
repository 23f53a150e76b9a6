"""The way to one peer: a channel that is opened with the first call, inside the running loop."""

import asyncio
from contextlib import suppress

from tutti.kit.rpc.bare import Ask, Channel
from tutti.kit.rpc.settings import RpcSettings
from tutti.kit.rpc.tls import Certificates, Tls


class Link:
    """Connections to all copies of one service; new ones once certificates are renewed."""

    def __init__(self, target: str, service: str, settings: RpcSettings, certificates: Certificates | None) -> None:
        self._target = target
        self._service = service
        self._settings = settings
        self._certificates = certificates
        self._shown: Tls | None = None
        self._channel: Channel | None = None
        self._left: dict[Channel, asyncio.Task[None]] = {}
        """Channels that were shown older certificates, and what waits for their last calls."""
        self._asks: dict[str, Ask] = {}
        self._connecting: asyncio.Task[bool] | None = None

    def is_ready(self) -> bool:
        """Whether a copy is connected; begins to connect where none is."""
        return self._opened().is_ready()

    async def wait(self, seconds: float) -> bool:
        """Wait until a copy is connected, for that long at most; return whether one is."""
        connecting = self._connecting
        if connecting is None or connecting.done():
            connecting = self._connecting = asyncio.create_task(self._opened().ready())
        done, _ = await asyncio.wait({connecting}, timeout=max(seconds, 0))
        return bool(done) and not connecting.cancelled() and connecting.result()

    def ask(self, path: str) -> Ask:
        """Return what calls the method at ``path``."""
        channel = self._opened()
        found = self._asks.get(path)
        if found is None:
            found = self._asks[path] = channel.ask(path)
        return found

    async def close(self) -> None:
        """Close the connections; calls under way are cancelled."""
        if self._connecting is not None:
            self._connecting.cancel()
            with suppress(asyncio.CancelledError):
                await self._connecting
        for closing in self._left.values():
            closing.cancel()
        for channel in (*self._left, self._channel):
            if channel is not None:
                await channel.close()

    def _opened(self) -> Channel:
        to_show = None if self._certificates is None else self._certificates.present()
        if self._channel is not None and to_show is not self._shown:
            self._leave(self._channel)
            self._channel = None
        if self._channel is None:
            self._channel, self._shown = Channel(self._target, self._service, self._settings, to_show), to_show
        return self._channel

    def _leave(self, channel: Channel) -> None:
        """Send nothing more by ``channel``, and close it once the calls that it carries have ended."""
        self._asks.clear()
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        closing = asyncio.create_task(channel.close(self._settings.lengthy_timeout_s))
        self._left[channel] = closing
        closing.add_done_callback(lambda _: self._left.pop(channel, None))
