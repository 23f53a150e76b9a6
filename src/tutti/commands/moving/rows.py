"""Rows in one form for both databases, and a checksum that does not depend on their order.

A table's checksum is the sum, modulo 2^256, of the SHA-256 of its rows: the databases may give them in any order (they
sort texts differently), a row that is missing, doubled or altered changes it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from tutti.kit.db import Json, UtcTime, metadata
from tutti.kit.db.types import to_microseconds
from tutti.kit.secrets import stored

_MODULUS = 1 << 256
NOT_COPIED = frozenset((stored.name,))
"""Secrets: encrypted in one place, files in the other."""


@dataclass
class Digest:
    """What was seen of a table: how many rows, and which."""

    rows: int = 0
    total: int = 0

    def add(self, row: Sequence[object]) -> None:
        """Count a row in canonical form."""
        self.rows += 1
        self.total += int.from_bytes(hashlib.sha256(msgspec.json.encode(row)).digest())
        self.total %= _MODULUS

    @property
    def checksum(self) -> str:
        """In hex."""
        return f"{self.total:064x}"


def moved_tables() -> list[sa.Table]:
    """Every table that is copied, those that others refer to first."""
    return [table for table in metadata.sorted_tables if table.name not in NOT_COPIED]


def is_json(column: sa.Column[Any]) -> bool:
    """Whether a column holds JSON, which both sides give as the text that they keep."""
    return type(column.type) is type(Json)


def canonical(table: sa.Table) -> Callable[[Sequence[Any]], list[object]]:
    """Return what brings a row of ``table``, from either driver, into the form that is compared."""
    forms = [_form(column) for column in table.columns]
    return lambda row: [None if value is None else form(value) for form, value in zip(forms, row, strict=True)]


def _form(column: sa.Column[Any]) -> Callable[[Any], object]:
    if is_json(column):
        return _parsed
    if isinstance(column.type, UtcTime):
        return _microseconds
    if isinstance(column.type, sa.Boolean):
        return bool
    if isinstance(column.type, sa.Float):
        return float
    if isinstance(column.type, sa.Integer):
        return int
    return bytes.hex if isinstance(column.type, sa.LargeBinary) else str


def _parsed(text: str) -> object:
    # In a list, or JSON's null would be taken for SQL's; the order of keys is not kept by jsonb.
    return [msgspec.json.encode(msgspec.json.decode(text), order="deterministic").decode()]


def _microseconds(value: datetime) -> int:
    return to_microseconds(value)
