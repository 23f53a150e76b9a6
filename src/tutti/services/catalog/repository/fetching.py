"""Many rows in one step.

SQLite's driver lets go of the interpreter at every row it steps to. With readers in several threads, each step then
waits for whoever took it, and a page of fifty rows takes three times its own work. So SQLite packs the rows into one
JSON document, in as much time as it takes to step through them. PostgreSQL sends a page in one message as it is.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVarTuple, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.sql import Select

from tutti.services.catalog.repository.constructs import json_rows

Ts = TypeVarTuple("Ts")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # `tutti.kit.db.UtcTime` stores microseconds since then on SQLite
_decode_rows = msgspec.json.Decoder(list[list[Any]]).decode
_decode_any = msgspec.json.Decoder().decode


def fetch(db: Connection, statement: Select[*Ts], parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    """Return every row of ``statement``, which is kept for good and has distinct column names.

    On SQLite a time, a truth and JSON come as they are stored: pass them through `time`, `bool` and `unpacked`.
    """
    if db.dialect.name != "sqlite":
        return db.execute(statement, parameters).all()
    return _decode_rows(db.execute(_packed(cast(Select[Any], statement)), parameters).scalar_one())


def time(stored: Any) -> datetime | None:
    """Return a fetched time."""
    return None if stored is None else required_time(stored)


def required_time(stored: Any) -> datetime:
    """Return a fetched time that is never NULL."""
    return _EPOCH + timedelta(microseconds=stored) if isinstance(stored, int) else stored


def unpacked(stored: Any) -> Any:
    """Return fetched JSON."""
    return _decode_any(stored) if isinstance(stored, str) else stored


@lru_cache(maxsize=2048)
def _packed(statement: Select[Any]) -> Select[str]:
    rows = statement.subquery("rows")
    return sa.select(json_rows(rows.c)).select_from(rows)
