"""What may be lost: one WebSocket per client, channels, in memory in solo. The protocol is in docs/live.md."""

from tutti.kit.live.hub import Live
from tutti.kit.live.socket import live_route

__all__ = ["Live", "live_route"]
