"""Settings of PostgreSQL: ``TUTTI_DATABASE_…``. SQLite needs none of them."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

SILENCE_S = 8
"""How long a process may say nothing with a lock of the database in its hand before it is taken to hang."""


class DatabaseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How long PostgreSQL is waited for, and what stands between it and us.

    A process holds ``TUTTI_DATABASE_POOL`` + ``overflow`` connections at most, and `HELD_APART` more for what it does
    once in a cluster (watching folders, a tick that is due), and one for each scan. The sum over all processes has to
    stay below the server's ``max_connections``.
    """

    overflow: Annotated[
        int, Meta(ge=0, le=100, description="Connections above TUTTI_DATABASE_POOL at peaks; closed again after them")
    ] = 4
    pooler: Annotated[
        Literal["auto", "none", "transaction"],
        Meta(description="Whether a pooler (pgbouncer) lends server connections for one transaction: auto finds out"),
    ] = "auto"
    acquire_timeout_ms: Annotated[
        int, Meta(ge=1, description="How long a request waits for a free connection before it gets 503")
    ] = 5_000
    connect_timeout_ms: Annotated[int, Meta(ge=1, description="How long a new connection may take")] = 5_000
    statement_timeout_ms: Annotated[
        int, Meta(ge=0, description="PostgreSQL ends statements that take longer; 0: never. Migrations are exempt")
    ] = 60_000
    lock_timeout_ms: Annotated[
        int, Meta(ge=0, description="PostgreSQL ends statements that wait longer for a lock; 0: never")
    ] = 10_000
    idle_timeout_ms: Annotated[
        int,
        Meta(
            ge=0,
            description="PostgreSQL ends transactions in which nothing happens for longer: a process that hangs gives "
            "its locks up; 0: never",
        ),
    ] = SILENCE_S * 1000
    retry_after_s: Annotated[
        int, Meta(ge=1, description="Retry-After of requests that found no PostgreSQL, or no free connection")
    ] = 2
    migrate_lock_timeout_ms: Annotated[
        int,
        Meta(ge=1, description="How long a migration waits for a table; requests queue up behind it meanwhile"),
    ] = 2_000
    migrate_tries: Annotated[
        int, Meta(ge=1, description="How often a migration is tried where a table stays in use")
    ] = 30
    schema_wait_s: Annotated[
        int, Meta(ge=0, description="How long a process that never migrates waits for `tutti migrate` at start")
    ] = 60


HELD_APART = 2
"""Connections of one process besides its pool, of `Database.exclusive`; a scan under way holds one more."""
