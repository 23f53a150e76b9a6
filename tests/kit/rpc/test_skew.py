"""Peers of two versions: an older snapshot of the api on either side."""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec
import pytest

from kit.rpc.running import CLUSTER, QUICK, calling
from kit.rpc.sample import SOME_TIME, Librarian, Shelf, Shelves, Wish
from tutti.kit.rpc.errors import PeerFailed, PeerOutdated
from tutti.kit.rpc.marks import idempotent
from tutti.kit.rpc.methods import Reader, methods_of
from tutti.kit.rpc.server import RpcServer


class OldWish(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    title: str | msgspec.UnsetType | None = msgspec.UNSET


class OldShelf(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    wishes: list[OldWish] = []


class OldShelves(Protocol):
    """`Shelves` before shelves had kinds, dates and books, and before they could be loud."""

    @idempotent
    async def get_shelves(self, shelf_ids: Sequence[str]) -> list[OldShelf]: ...

    async def add_shelf(self, shelf: OldShelf) -> str: ...


class OldLibrarian:
    def __init__(self) -> None:
        self.shelves: list[OldShelf] = []

    async def get_shelves(self, shelf_ids: Sequence[str]) -> list[OldShelf]:
        return [OldShelf(shelf_id, [OldWish("old")]) for shelf_id in shelf_ids]

    async def add_shelf(self, shelf: OldShelf) -> str:
        self.shelves.append(shelf)
        return shelf.id


class TolerantShelf(msgspec.Struct, frozen=True, rename="camel"):
    """A newer `OldShelf` as it has to be made: what is new may be missing."""

    id: str
    wishes: list[Wish] = []
    kind: Literal["wood", "steel"] = "wood"


class NewShelves(Protocol):
    @idempotent
    async def get_shelves(self, shelf_ids: Sequence[str], kind: str = "wood") -> list[TolerantShelf]: ...

    async def add_shelf(self, shelf: TolerantShelf, *, loud: bool = False) -> str: ...

    async def remove_shelf(self, shelf_id: str) -> None: ...


async def test_an_old_caller_asks_a_new_peer(librarian: Librarian) -> None:
    async with (
        RpcServer(CLUSTER, {"shelves": (Shelves, librarian)}, QUICK) as server,
        calling(server.port, api=OldShelves) as proxy,
    ):
        old: OldShelves = proxy  # type: ignore[assignment]
        found = await old.get_shelves(["one"])

    assert found == [OldShelf("wood one", [OldWish(None)])]


async def test_a_new_caller_asks_an_old_peer() -> None:
    librarian = OldLibrarian()
    async with (
        RpcServer(CLUSTER, {"shelves": (OldShelves, librarian)}, QUICK) as server,
        calling(server.port, api=NewShelves) as proxy,
    ):
        new: NewShelves = proxy  # type: ignore[assignment]
        found = await new.get_shelves(["one"], kind="steel")
        shelf = TolerantShelf("two", [Wish(title="a", shelf_name="unknown there")], "steel")
        added = await new.add_shelf(shelf, loud=True)
        with pytest.raises(PeerOutdated) as caught:
            await new.remove_shelf("one")

    assert found == [TolerantShelf("one", [Wish(title="old")], "wood")]
    assert added == "two"
    assert librarian.shelves == [OldShelf("two", [OldWish("a")])]
    assert caught.value.status == 503


async def test_an_answer_that_no_tolerance_can_read_is_a_failure(librarian: Librarian) -> None:
    class Impossible(Protocol):
        async def find_shelf(self, shelf_id: str) -> int: ...

    async with (
        RpcServer(CLUSTER, {"shelves": (Shelves, librarian)}, QUICK) as server,
        calling(server.port, api=Impossible) as proxy,
    ):
        with pytest.raises(PeerFailed):
            await proxy.find_shelf("one")


async def test_a_request_without_what_is_needed_is_refused(librarian: Librarian) -> None:
    class Lacking(Protocol):
        async def add_shelf(self, loud: bool) -> str: ...

    async with (
        RpcServer(CLUSTER, {"shelves": (Shelves, librarian)}, QUICK) as server,
        calling(server.port, api=Lacking) as proxy,
    ):
        with pytest.raises(PeerFailed):
            await proxy.add_shelf(True)  # type: ignore[arg-type]
    assert librarian.calls == 0


class Cat(msgspec.Struct, tag="cat", forbid_unknown_fields=True):
    lives: int


class Dog(msgspec.Struct, tag="dog", forbid_unknown_fields=True):
    tricks: tuple[str, Wish]


class Zoo(msgspec.Struct, forbid_unknown_fields=True):
    pets: dict[str, Cat | Dog | None]
    best: Cat | list[Dog] | None = None


def test_unknown_fields_are_taken_out_at_any_depth() -> None:
    cat, dog = {"type": "cat", "lives": 9, "new": 1}, {"type": "dog", "new": [], "tricks": ["sit", {"new": {}}]}
    zoo = {"pets": {"a": cat, "b": dog, "c": None}, "best": [dog], "new": "x"}

    read = Reader[Zoo](Zoo).read(msgspec.msgpack.encode(zoo))

    assert read == Zoo({"a": Cat(9), "b": Dog(("sit", Wish())), "c": None}, [Dog(("sit", Wish()))])


def test_times_survive_the_second_look() -> None:
    shelf = Shelf("x", SOME_TIME, wishes=[Wish(title="t")])
    body = msgspec.msgpack.encode(msgspec.to_builtins(shelf, builtin_types=(type(SOME_TIME),)) | {"new": 1})
    wish = msgspec.msgpack.decode(body)
    wish["wishes"][0]["new"] = 2

    assert Reader[Shelf](Shelf).read(msgspec.msgpack.encode(wish)) == shelf


def test_a_protocol_says_all_that_is_needed() -> None:
    class Sync(Protocol):
        def look(self) -> int: ...

    class Bare(Protocol):
        async def look(self, at) -> int: ...  # type: ignore[no-untyped-def]

    class Silent(Protocol):
        async def look(self): ...  # type: ignore[no-untyped-def]

    class Many(Protocol):
        async def look(self, *at: int) -> int: ...

    class Empty(Protocol):
        pass

    for api in (Sync, Bare, Silent, Many, Empty):
        with pytest.raises(TypeError):
            methods_of(api, "x")
