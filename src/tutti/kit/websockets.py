"""uvicorn's WebSocket, held to bounds: what a client sends or does not read must not fill the memory.

By itself it answers each ping at once, whether or not the client takes the answers; keeps every frame of a message in
pieces, empty ones too; and waits without end for a client that is told of its end and does not read that either.
"""

from typing import Final

from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

_MAX_PIECES: Final = 1024
_TOO_BIG: Final = 1009
_PARTING_S: Final = 2.0


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """Reads nothing while its client reads nothing, and leaves one that has left."""

    def pause_writing(self) -> None:
        """Stop to read as well: answers to pings do not wait until there is room for them."""
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Read again, unless the application has not taken what was read."""
        super().resume_writing()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    async def receive(self) -> ASGIReceiveEvent:
        """Return the next message."""
        message = await super().receive()
        if not self.writable.is_set():  # it was resumed, since nothing more is waiting
            self.transport.pause_reading()
        return message

    def handle_cont(self, event: Frame) -> None:
        """Take one more piece of a message."""
        if len(self.frames) < _MAX_PIECES:
            super().handle_cont(event)
        elif not self.close_sent:
            self.conn.fail(_TOO_BIG, "the message is in too many pieces")
            self._part()

    def keepalive_timeout(self) -> None:
        """Hang up on a client that does not answer, also if it does not read that we do."""
        super().keepalive_timeout()
        self.loop.call_later(_PARTING_S, self.transport.abort)

    def _part(self) -> None:
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()
        self.loop.call_later(_PARTING_S, self.transport.abort)
