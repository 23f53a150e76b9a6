"""What may be lost: one WebSocket per client, channels, in memory in solo."""

from tutti.kit.live.hub import Live

__all__ = ["Live"]
