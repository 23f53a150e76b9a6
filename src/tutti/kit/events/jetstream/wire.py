"""An event as a message: its subject, its headers and its body."""

from datetime import datetime
from zlib import crc32

import msgspec

from tutti.kit.events.event import Envelope
from tutti.kit.events.item import Item


class Message(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The body: an envelope, and the event's place in the log of its database."""

    seq: int
    id: str
    type: str
    version: int
    key: str
    occurred_at: datetime
    trace_parent: str
    payload: msgspec.Raw


_decoder = msgspec.json.Decoder(Message)


def encode(item: Item) -> bytes:
    """Return the body for ``item``."""
    told = item.envelope
    return msgspec.json.encode(
        Message(
            seq=item.seq,
            id=told.id,
            type=told.type,
            version=told.version,
            key=told.key,
            occurred_at=told.occurred_at,
            trace_parent=told.trace_parent,
            payload=told.payload,
        )
    )


def decode(body: bytes) -> Item:
    """Return the event in ``body``.

    Raises:
        msgspec.MsgspecError: it is none of ours.
    """
    message = _decoder.decode(body)
    return Item(
        seq=message.seq,
        envelope=Envelope(
            id=message.id,
            type=message.type,
            version=message.version,
            key=message.key,
            occurred_at=message.occurred_at,
            trace_parent=message.trace_parent,
            payload=message.payload.copy(),
        ),
    )


def partition_of(key: str, partitions: int) -> int:
    """Return which stream the events of ``key`` go to: the same for all of its life, in whatever program."""
    return crc32(key.encode()) % partitions
