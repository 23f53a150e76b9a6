"""The PostgreSQL database that everything goes into: in one transaction, so that it is all there or nothing is."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from tutti.commands.failures import Refused
from tutti.commands.moving.rows import Digest, canonical, moved_tables
from tutti.commands.moving.source import Source
from tutti.kit.db.connecting import plain_url

_PREFETCHED = 2_000
_PATIENT = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
Told = Callable[[int], None]
"""Hears how many rows more are done."""


class Target:
    """An open transaction."""

    def __init__(self, connection: Any) -> None:
        """``connection`` is asyncpg's, which has no types."""
        self._connection = connection

    async def find_rows(self) -> str | None:
        """Return a table that is not empty; None where all are."""
        for table in moved_tables():
            if await self._connection.fetchval(_sql(sa.select(sa.exists().select_from(table)))):
                return table.name
        return None

    async def copy(self, source: Source, table: sa.Table, told: Told) -> Digest:
        """Copy a table's rows; return what was read of them."""
        digest = Digest()

        async def rows() -> AsyncIterator[Sequence[Any]]:
            form = canonical(table)
            async for batch in source.batches(table):
                for row in batch:
                    digest.add(form(row))
                    yield row
                told(len(batch))

        names = [column.name for column in table.columns]
        await self._connection.copy_records_to_table(table.name, records=rows(), columns=names)
        column = table.autoincrement_column
        if column is not None and (last := source.last_number(table, column)):
            sequence = await self._connection.fetchval("SELECT pg_get_serial_sequence($1, $2)", table.name, column.name)
            await self._connection.execute("SELECT setval($1::text::regclass, $2)", sequence, last)
        return digest

    async def digest(self, table: sa.Table) -> Digest:
        """Read a table back."""
        digest, form = Digest(), canonical(table)
        async for row in self._connection.cursor(_sql(sa.select(*table.columns)), prefetch=_PREFETCHED):
            digest.add(form(tuple(row)))
        return digest

    async def analyze(self) -> None:
        """Let the planner see what is there."""
        for table in moved_tables():
            await self._connection.execute(f"ANALYZE {table.name}")


@asynccontextmanager
async def writing(url: str) -> AsyncGenerator[Target, None]:
    """Open a transaction, committed at the end of the block.

    Raises:
        Refused: somebody moves into this database already, or the server refuses a statement, or goes away.
    """
    # No statement is prepared by name: a pooler may stand between.
    connection = cast(Any, await asyncpg.connect(plain_url(url), statement_cache_size=0))
    try:
        await connection.set_type_codec(
            "jsonb", schema="pg_catalog", format="binary", encoder=_encode_json, decoder=_decode_json
        )
        async with connection.transaction():
            for name in _PATIENT:
                await connection.execute(f"SET LOCAL {name} = 0")
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock(hashtextextended('tutti move', 0))"):
                raise Refused("Another `tutti move` is at work on this database. Wait for its end.")
            yield Target(connection)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Refused(f"PostgreSQL refuses: {error}. Nothing was kept there; run the same command again.") from error
    finally:
        await connection.close(timeout=10)


def _sql(statement: sa.Select[Any]) -> str:
    return str(statement.compile(dialect=postgresql.dialect()))


def _encode_json(text: str) -> bytes:
    return b"\x01" + text.encode()  # the version of jsonb's binary form


def _decode_json(content: bytes) -> str:
    return bytes(content[1:]).decode()
