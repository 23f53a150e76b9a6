"""A name server for one name, whose addresses a test changes."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

_HEADER = struct.Struct("!6H")
_ANSWERED = 0x8180
_POINTER_TO_NAME = 0xC00C
_A, _IN = 1, 1


class NameServer(asyncio.DatagramProtocol):
    """Answers every question for addresses (RFC 1035 §4) with ``addresses``, IPv4 only."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.port = 0
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, content: bytes, sender: tuple[str, int]) -> None:
        name_ends = content.index(b"\0", _HEADER.size) + 1
        question = content[_HEADER.size : name_ends + 4]
        kind, _ = struct.unpack("!2H", question[-4:])
        found = self.addresses if kind == _A else []
        head = _HEADER.pack(*struct.unpack("!H", content[:2]), _ANSWERED, 1, len(found), 0, 0)
        records = [
            struct.pack("!3HIH", _POINTER_TO_NAME, _A, _IN, 0, 4) + socket.inet_aton(address) for address in found
        ]
        assert self._transport is not None
        self._transport.sendto(head + question + b"".join(records), sender)


@asynccontextmanager
async def naming(*addresses: str) -> AsyncIterator[NameServer]:
    """Run a name server for the length of the block."""
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        NameServer, local_addr=("127.0.0.1", 0)
    )
    server.addresses = list(addresses)
    try:
        yield server
    finally:
        transport.close()
