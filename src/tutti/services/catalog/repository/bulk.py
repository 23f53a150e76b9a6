"""Many new rows at once, straight to the driver: SQLAlchemy's own way takes as long as the insertion itself."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

Row = Mapping[str, Any]


class _Filling(msgspec.Struct, frozen=True):
    """How one column is filled: from the row or by its default, and as what the driver takes it."""

    name: str
    default: Callable[[], Any] | None
    bind: Callable[[Any], Any] | None

    def of(self, rows: Sequence[Row]) -> list[Any]:
        """The values of all ``rows``."""
        found = [row[self.name] for row in rows] if self.default is None else [self.default() for _ in rows]
        return found if self.bind is None else [self.bind(value) for value in found]


def insert_rows(db: Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert ``rows``, all of which name the same columns; the others get their defaults."""
    if rows:
        statement, fillings = _plan(db.dialect, table, tuple(rows[0]))
        db.exec_driver_sql(statement, list(zip(*(filling.of(rows) for filling in fillings), strict=True)))


@lru_cache(maxsize=64)
def _plan(dialect: Dialect, table: sa.Table, given: tuple[str, ...]) -> tuple[str, list[_Filling]]:
    compiled = sa.insert(table).compile(dialect=dialect, column_keys=list(given))
    columns = [table.c[name] for name in compiled.positiontup or ()]
    return str(compiled), [_filling(dialect, column, column.name in given) for column in columns]


def _filling(dialect: Dialect, column: sa.Column[Any], given: bool) -> _Filling:
    bind = column.type.dialect_impl(dialect).bind_processor(dialect)
    return _Filling(column.name, None if given else _default_of(column), bind)


def _default_of(column: sa.Column[Any]) -> Callable[[], Any]:
    default = column.default
    if isinstance(default, sa.ColumnDefault) and default.is_callable:
        return lambda: default.arg(None)
    if isinstance(default, sa.ColumnDefault) and default.is_scalar:
        return lambda: default.arg
    raise TypeError(f"the default of {column} is not one that Python makes")
