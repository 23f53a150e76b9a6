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
    """How a column is filled: from the row unless all rows have the same, or by a default made for each of them."""

    name: str
    default: Callable[[Any], Any] | None
    bind: Callable[[Any], Any] | None
    """Makes of a value what the driver takes; None where that is the same."""

    def of(self, rows: Sequence[Row], constant: Row) -> list[Any]:
        """The values of all ``rows``."""
        if self.name in constant:
            return self._bound([constant[self.name]]) * len(rows)
        return self._bound([row[self.name] if self.default is None else self.default(None) for row in rows])

    def _bound(self, values: list[Any]) -> list[Any]:
        return values if self.bind is None else [self.bind(value) for value in values]


class _Plan(msgspec.Struct, frozen=True):
    """How rows that name the same columns are inserted."""

    statement: str
    fillings: list[_Filling]
    constant: Row
    """Defaults that are the same for all rows."""


def insert_rows(
    db: Connection, table: sa.Table, rows: Sequence[Row], *, constant: Row | None = None, unique: tuple[str, ...] = ()
) -> None:
    """Insert ``rows``, all of which name the same columns, and ``constant``, what all of them have besides.

    Other columns get their defaults. A row is left out if another has the same values in the columns ``unique``.
    """
    if not rows:
        return
    constant = constant or {}
    plan = _plan(db.dialect, table, (*rows[0], *constant), unique)
    constant = {**plan.constant, **constant}
    columns = (filling.of(rows, constant) for filling in plan.fillings)
    db.exec_driver_sql(plan.statement, list(zip(*columns, strict=True)))


@lru_cache(maxsize=64)
def _plan(dialect: Dialect, table: sa.Table, given: tuple[str, ...], unique: tuple[str, ...]) -> _Plan:
    statement = sa.insert(table)
    if unique:
        insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
        statement = insert(table).on_conflict_do_nothing(index_elements=unique)
    compiled = statement.compile(dialect=dialect, column_keys=list(given))
    columns = [table.c[name] for name in compiled.positiontup or ()]
    defaults = {column.name: _default_of(column) for column in columns if column.name not in given}
    same = {name: default.arg for name, default in defaults.items() if default.is_scalar}
    made = {name: default.arg for name, default in defaults.items() if default.is_callable}
    fillings = [
        _Filling(column.name, made.get(column.name), column.type.dialect_impl(dialect).bind_processor(dialect))
        for column in columns
    ]
    return _Plan(str(compiled), fillings, same)


def _default_of(column: sa.Column[Any]) -> sa.ColumnDefault:
    default = column.default
    if isinstance(default, sa.ColumnDefault) and (default.is_scalar or default.is_callable):
        return default
    raise TypeError(f"the default of {column} is not one that Python makes")
