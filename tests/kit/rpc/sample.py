"""An api as services write them, and something that answers it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, Protocol

import msgspec
from msgspec import UNSET, UnsetType

from tutti.kit.errors import AppError, NotFound, TooManyRequests
from tutti.kit.rpc.deadlines import remaining_s
from tutti.kit.rpc.marks import idempotent, lengthy
from tutti.kit.trace import trace_id

SOME_TIME = datetime(2026, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC)


class ShelfNotFound(NotFound):
    """No such shelf."""


class TooManyShelves(TooManyRequests):
    """Enough."""


class OutOfRange(AppError):
    """Remembers a size under a name of its own, as ranges of files do."""

    status = 416

    def __init__(self, message: str, *, size_bytes: int) -> None:
        super().__init__(message, size_bytes=size_bytes)
        self._size_bytes = size_bytes

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Range": f"bytes */{self._size_bytes}"}


class Wish(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    title: str | UnsetType | None = UNSET
    shelf_name: str | UnsetType = UNSET


class Shelf(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    made_at: datetime
    books: tuple[str, ...] = ()
    wishes: list[Wish] = []


class Shelves(Protocol):
    @idempotent
    async def get_shelves(self, shelf_ids: Sequence[str], kind: Literal["wood", "steel"] = "wood") -> list[Shelf]: ...

    @idempotent
    async def find_shelf(self, shelf_id: str) -> Shelf | None: ...

    async def add_shelf(self, shelf: Shelf, *, loud: bool = False) -> str: ...

    @idempotent
    async def fail(self, how: str) -> None: ...

    @idempotent
    async def echo(self, content: bytes) -> bytes: ...

    @idempotent
    async def wait(self) -> None: ...

    @lengthy
    @idempotent
    async def wait_long(self) -> None: ...

    @idempotent
    async def describe_call(self) -> tuple[str, float]: ...


class Librarian:
    """Answers `Shelves`, and notices what happens to it."""

    def __init__(self) -> None:
        self.shelves: dict[str, Shelf] = {}
        self.errors: dict[str, Exception] = {}
        self.calls = 0
        self.waiting = asyncio.Event()
        self.go_on = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def get_shelves(self, shelf_ids: Sequence[str], kind: str = "wood") -> list[Shelf]:
        self.calls += 1
        return [Shelf(f"{kind} {shelf_id}", SOME_TIME, ("a", "b"), [Wish(title=None)]) for shelf_id in shelf_ids]

    async def find_shelf(self, shelf_id: str) -> Shelf | None:
        self.calls += 1
        return self.shelves.get(shelf_id)

    async def add_shelf(self, shelf: Shelf, *, loud: bool = False) -> str:
        self.calls += 1
        self.shelves[shelf.id] = shelf
        return shelf.id.upper() if loud else shelf.id

    async def fail(self, how: str) -> None:
        self.calls += 1
        raise self.errors[how]

    async def echo(self, content: bytes) -> bytes:
        return content * 2

    async def wait(self) -> None:
        self.calls += 1
        self.waiting.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    async def wait_long(self) -> None:
        await self.wait()

    async def describe_call(self) -> tuple[str, float]:
        return trace_id(), remaining_s() or 0.0
