"""Many new rows at once, straight to the driver: SQLAlchemy's own way takes as long as the insertion itself."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

Row = Mapping[str, Any]


class _Filling(msgspec.Struct, frozen=True):
    """How a column is filled (by what all rows have, from the row, by its default), and as what the driver takes it."""

    name: str
    default: Callable[[int], list[Any]] | None
    """Makes the values of so many rows."""
    bind: Callable[[Any], Any] | None

    def of(self, rows: Sequence[Row], constant: Row) -> list[Any]:
        """The values of all ``rows``."""
        if self.name in constant:
            return self._bound([constant[self.name]]) * len(rows)
        return self._bound([row[self.name] for row in rows] if self.default is None else self.default(len(rows)))

    def _bound(self, values: list[Any]) -> list[Any]:
        return values if self.bind is None else [self.bind(value) for value in values]


def insert_rows(
    db: Connection, table: sa.Table, rows: Sequence[Row], *, constant: Row | None = None, unique: tuple[str, ...] = ()
) -> None:
    """Insert ``rows``, all of which name the same columns, and ``constant``, what all of them have besides.

    Other columns get their defaults. A row is left out if another has the same values in the columns ``unique``.
    """
    if not rows:
        return
    constant = constant or {}
    statement, fillings = _plan(db.dialect, table, (*rows[0], *constant), unique)
    db.exec_driver_sql(statement, list(zip(*(filling.of(rows, constant) for filling in fillings), strict=True)))


@lru_cache(maxsize=64)
def _plan(
    dialect: Dialect, table: sa.Table, given: tuple[str, ...], unique: tuple[str, ...]
) -> tuple[str, list[_Filling]]:
    statement = sa.insert(table)
    if unique:
        insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
        statement = insert(table).on_conflict_do_nothing(index_elements=unique)
    compiled = statement.compile(dialect=dialect, column_keys=list(given))
    columns = [table.c[name] for name in compiled.positiontup or ()]
    return str(compiled), [_filling(dialect, column, column.name in given) for column in columns]


def _filling(dialect: Dialect, column: sa.Column[Any], given: bool) -> _Filling:
    bind = column.type.dialect_impl(dialect).bind_processor(dialect)
    return _Filling(column.name, None if given else _default_of(column), bind)


def _default_of(column: sa.Column[Any]) -> Callable[[int], list[Any]]:
    default = column.default
    if isinstance(default, sa.ColumnDefault) and default.is_callable:
        return lambda count: [default.arg(None) for _ in range(count)]
    if isinstance(default, sa.ColumnDefault) and default.is_scalar:
        return lambda count: [default.arg] * count
    raise TypeError(f"the default of {column} is not one that Python makes")
