"""Channels in memory: who listens to what."""

import msgspec


class Live:
    """Shows messages to whoever listens; nobody listening is no error."""

    def show(self, channel: str, kind: str, payload: msgspec.Struct) -> None:
        """Send ``payload`` to every client on ``channel``; never waits, and a slow client loses the oldest."""
