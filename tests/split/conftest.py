"""Servers that a test may do to what it likes."""

from collections.abc import Iterator

import pytest

from support.postgres import Postgres, running_postgres


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Postgres]:
    """A server of the module's own: to restart, and to hang."""
    with running_postgres(options="-c synchronous_commit=on") as server:  # what it has acknowledged outlives a crash
        yield server
