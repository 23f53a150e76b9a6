"""The SQLite database of a solo installation, read in one snapshot and never written to."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tutti.commands.moving.rows import Digest, canonical, is_json
from tutti.kit.db.migrations import check

_BATCH = 2_000


class Source:
    """What is moved."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def count(self, table: sa.Table) -> int:
        """How many rows a table has."""
        return self._connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()

    def last_number(self, table: sa.Table, column: sa.Column[Any]) -> int:
        """The highest number that ``column`` has ever given, also to rows that are gone by now; 0 for none.

        Consumers of events remember numbers: one that was given twice would be taken for what they have seen.
        """
        highest = self._connection.execute(sa.select(sa.func.max(column))).scalar_one() or 0
        given = "SELECT max(seq) FROM sqlite_sequence WHERE name = ?"
        return max(highest, self._connection.exec_driver_sql(given, (table.name,)).scalar_one() or 0)

    async def batches(self, table: sa.Table) -> AsyncIterator[Sequence[sa.Row[Any]]]:
        """Yield a table's rows; times are aware, JSON is text."""
        columns = [sa.type_coerce(each, sa.Text) if is_json(each) else each for each in table.columns]
        statement = sa.select(*columns).execution_options(yield_per=_BATCH)
        batches: Iterator[Sequence[sa.Row[Any]]] = await asyncio.to_thread(
            lambda: iter(self._connection.execute(statement).partitions())
        )
        while batch := await asyncio.to_thread(next, batches, None):
            yield batch

    async def digest(self, table: sa.Table) -> Digest:
        """Read a table for comparison."""
        digest, form = Digest(), canonical(table)
        async for batch in self.batches(table):
            for row in batch:
                digest.add(form(row))
        return digest


@contextmanager
def reading(path: Path) -> Generator[Source, None, None]:
    """Open the database at ``path``.

    Raises:
        SchemaBehind, NewerDatabase: it is of another version's schema.
    """

    def connect() -> sqlite3.Connection:
        # One thread at a time uses it, not always the same.
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False, isolation_level=None)

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.pool.NullPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            check(connection)
            yield Source(connection)
    finally:
        engine.dispose()
