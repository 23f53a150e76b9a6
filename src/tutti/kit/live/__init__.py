"""What may be lost: one WebSocket per client, channels, in memory or through Redis. The protocol is in docs/live.md."""

from tutti.kit.live.hub import Live, MayListen
from tutti.kit.live.opening import open_live
from tutti.kit.live.socket import live_route

__all__ = ["Live", "MayListen", "live_route", "open_live"]
