"""Bytes on their way in, straight from whoever has them: what any storage can do for them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

import msgspec


class Address(msgspec.Struct, frozen=True):
    """Where one PUT goes, without other credentials, until it expires."""

    url: str
    headers: dict[str, str]
    """To be sent as they are. Content-Length is not among them, and counts too."""
    expires_at: datetime


class Part(msgspec.Struct, frozen=True):
    """One part of an object: its number, from 1, and its length."""

    number: int
    size_bytes: int


class Unfinished(msgspec.Struct, frozen=True):
    """An object that was begun and is not there yet."""

    key: str
    multipart_id: str
    began_at: datetime


class Incoming(Protocol):
    """Signs addresses for single and multipart uploads, and puts the parts together.

    What comes is an object only when all of it is there. An address is good for one key (and part) and for a body of
    one length; other bytes may be sent to it again while it is good.

    Every call may raise `StorageAway`.
    """

    def running(self) -> AbstractAsyncContextManager[None]:
        """Hold open what the calls need."""
        ...

    def presign_put(
        self, key: str, lifetime: timedelta, *, size_bytes: int, content_type: str, sha256: str | None = None
    ) -> Address:
        """Return where the whole object is to be put; ``sha256`` in hex, where the sender knows it."""
        ...

    def presign_part(self, key: str, lifetime: timedelta, *, multipart_id: str, part: Part) -> Address:
        """Return where one part is to be put."""
        ...

    async def start_multipart(self, key: str, content_type: str) -> str:
        """Begin an object that comes in parts; return the id that the other calls need."""
        ...

    async def list_parts(self, key: str, multipart_id: str) -> list[Part]:
        """Return the parts that are there, by number; none where nothing is begun, or it is put together already."""
        ...

    async def complete_multipart(self, key: str, multipart_id: str, parts: Sequence[Part]) -> bool:
        """Put ``parts``, which are all there, together; False where nothing is begun (any more)."""
        ...

    async def abort(self, key: str, multipart_id: str | None) -> None:
        """Forget what has come of an object that is not there yet; nothing there is no error."""
        ...

    def list_unfinished(self, prefix: str) -> AsyncIterator[Unfinished]:
        """Yield what was begun under keys that begin with ``prefix``."""
        ...
