"""Many rows at once, straight to the driver: SQLAlchemy's own way takes as long as the writing itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from tutti.kit.db.engine import dump_json

Row = Mapping[str, Any]
Bind = Callable[[Any], Any]


class _Plan(msgspec.Struct, frozen=True):
    """How rows that name the same columns are written."""

    statement: str
    defaults: tuple[Any, ...]
    """The same for all rows, like the constants before them; bound already."""
    arranged: Callable[[tuple[Any, ...]], tuple[Any, ...]] | None
    """Brings a row, the constants and the defaults behind it into the order of the statement; None where it is so."""
    bound: Mapping[str, Bind]
    """By column, what makes of a value what the driver takes; only where that is not the same."""


def insert_rows(
    db: Connection, table: sa.Table, rows: Sequence[Row], *, constant: Row | None = None, unique: tuple[str, ...] = ()
) -> None:
    """Insert ``rows``, all of which name the same columns; the rest is as for `insert_values`."""
    if rows:
        names = tuple(rows[0])
        values = (tuple(row[name] for name in names) for row in rows)
        insert_values(db, table, names, values, constant=constant, unique=unique)


def insert_values(
    db: Connection,
    table: sa.Table,
    names: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]],
    *,
    constant: Row | None = None,
    unique: tuple[str, ...] = (),
) -> None:
    """Insert rows of the columns ``names``, and ``constant``, what all of them have besides.

    Other columns get their defaults. A row is left out if another has the same values in the columns ``unique``.
    """
    constant = constant or {}
    _write(db, _insertion(db.dialect, table, (*names, *constant), unique), names, rows, constant)


def update_rows(
    db: Connection, table: sa.Table, rows: Sequence[Row], *, by: tuple[str, ...], constant: Row | None = None
) -> None:
    """Write ``rows``, all of which name the same columns, over those with their values in the columns ``by``."""
    if rows:
        names, constant = tuple(rows[0]), constant or {}
        values = (tuple(row[name] for name in names) for row in rows)
        _write(db, _update(db.dialect, table, (*names, *constant), by), names, values, constant)


def _write(db: Connection, plan: _Plan, names: tuple[str, ...], rows: Iterable[tuple[Any, ...]], constant: Row) -> None:
    bind = plan.bound
    behind = (*(bind[name](value) if name in bind else value for name, value in constant.items()), *plan.defaults)
    by_place = [(place, bind[name]) for place, name in enumerate(names) if name in bind]
    values = _arranged(_bound(rows, by_place) if by_place else rows, behind, plan)
    if values:
        db.exec_driver_sql(plan.statement, values)


def _arranged(rows: Iterable[tuple[Any, ...]], behind: tuple[Any, ...], plan: _Plan) -> list[tuple[Any, ...]]:
    if plan.arranged is not None:
        return [plan.arranged((*row, *behind)) for row in rows]
    return [(*row, *behind) for row in rows] if behind else list(rows)


def _bound(rows: Iterable[tuple[Any, ...]], by_place: Sequence[tuple[int, Bind]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        values = list(row)
        for place, bind in by_place:
            values[place] = bind(values[place])
        yield tuple(values)


@lru_cache(maxsize=64)
def _insertion(dialect: Dialect, table: sa.Table, given: tuple[str, ...], unique: tuple[str, ...]) -> _Plan:
    statement = sa.insert(table)
    if unique:
        insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
        statement = insert(table).on_conflict_do_nothing(index_elements=unique)
    compiled = statement.compile(dialect=dialect, column_keys=list(given))
    order = list(compiled.positiontup or ())
    binds = _binds_of(dialect, table, order)
    defaults = {name: _default_of(table.c[name]) for name in order if name not in given}
    return _Plan(
        str(compiled),
        tuple(binds[name](value) if name in binds else value for name, value in defaults.items()),
        _arrangement([*given, *defaults], order),
        binds,
    )


@lru_cache(maxsize=64)
def _update(dialect: Dialect, table: sa.Table, given: tuple[str, ...], by: tuple[str, ...]) -> _Plan:
    # A parameter may not be called like the column that it is for.
    parameters = {name: sa.bindparam(f"the_{name}", type_=table.c[name].type) for name in given}
    this = sa.and_(*(table.c[name] == parameters[name] for name in by))
    values = {name: parameters[name] for name in given if name not in by}
    compiled = sa.update(table).where(this).values(values).compile(dialect=dialect)
    order = [name.removeprefix("the_") for name in compiled.positiontup or ()]
    return _Plan(str(compiled), (), _arrangement(given, order), _binds_of(dialect, table, order))


def _arrangement(given: Sequence[str], order: list[str]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]] | None:
    return itemgetter(*map(given.index, order)) if order != list(given) else None


def _binds_of(dialect: Dialect, table: sa.Table, names: Iterable[str]) -> dict[str, Bind]:
    return {name: bind for name in names if (bind := _bind_of(table.c[name], dialect)) is not None}


def _bind_of(column: sa.Column[Any], dialect: Dialect) -> Bind | None:
    if dialect.name == "sqlite" and isinstance(column.type, sa.Boolean | sa.Float):
        return None  # the driver takes it as it is
    if dialect.name == "sqlite" and isinstance(column.type, sa.JSON):
        return dump_json  # without the layers around it
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _default_of(column: sa.Column[Any]) -> Any:
    default = column.default
    if isinstance(default, sa.ColumnDefault) and default.is_scalar:
        return default.arg
    if isinstance(default, sa.ColumnDefault) and default.is_callable:
        return default.arg(None)
    raise TypeError(f"the default of {column} is not one that Python makes")
