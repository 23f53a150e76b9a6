"""A librarian, and the way to it over a socket."""

from collections.abc import AsyncIterator

import pytest

from kit.rpc.running import asked
from kit.rpc.sample import Librarian, Shelves


@pytest.fixture
def librarian() -> Librarian:
    return Librarian()


@pytest.fixture
async def shelves(librarian: Librarian) -> AsyncIterator[Shelves]:
    async with asked(librarian) as proxy:
        yield proxy
