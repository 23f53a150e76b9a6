"""SQL that the two databases spell differently, so that a statement is built once and its text never changes."""

from collections.abc import Iterable
from typing import Any, TypeVarTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement, Select
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

Ts = TypeVarTuple("Ts")


class _Among(FunctionElement[Any]):
    inherit_cache = True  # of no type: as a boolean, SQLite would get "… IN (…) = 1", which no index serves


class _AmongTexts(FunctionElement[Any]):
    inherit_cache = True


class _Unindexed(FunctionElement[Any]):
    inherit_cache = True


class _JsonRows(FunctionElement[Any]):
    inherit_cache = True


def given(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Condition: the id ``column`` is among the ids of the parameter ``name``, which `id_list` makes.

    One parameter however many ids, where ``IN (?, ?, …)`` would be another statement for each number of them.
    """
    return _Among(column, sa.bindparam(name, type_=sa.Text))


def given_texts(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """The same for a column of text."""
    return _AmongTexts(column, sa.bindparam(name, type_=sa.Text))


def id_list(ids: Iterable[str]) -> str:
    """Make the parameter of `given` and `given_texts`."""
    return msgspec.json.encode(list(ids)).decode()


def unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Keep SQLite's planner from looking ``column`` up in an index; PostgreSQL's has the statistics to know better."""
    return _Unindexed(column)


def json_rows(columns: Iterable[ColumnElement[Any]]) -> ColumnElement[Any]:
    """Aggregate: all rows as one JSON array of arrays."""
    return _JsonRows(*columns)


def nested(statement: Select[*Ts], *, inside: sa.Table) -> ColumnElement[Any]:
    """The rows of a statement that refers to a row of ``inside``, as one column: a JSON array of arrays."""
    rows = statement.correlate(inside).subquery()
    return sa.select(json_rows(rows.c)).scalar_subquery()


def _parts(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> list[str]:
    return [compiler.process(clause, **options) for clause in element.clauses]


@compiles(_Among, "sqlite")
@compiles(_AmongTexts, "sqlite")
def _among_sqlite(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    column, array = _parts(element, compiler, **options)
    return f"{column} IN (SELECT value FROM json_each({array}))"  # noqa: S608


@compiles(_Among, "postgresql")
@compiles(_AmongTexts, "postgresql")
def _among_postgresql(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    column, array = _parts(element, compiler, **options)
    value = "value" if isinstance(element, _AmongTexts) else "CAST(value AS UUID)"
    values = f"SELECT {value} FROM json_array_elements_text(CAST({array} AS JSON))"  # noqa: S608
    return f"{column} = ANY (ARRAY({values}))"  # an array once: the index is then probed for each of its values


@compiles(_JsonRows, "sqlite")
def _json_rows_sqlite(element: _JsonRows, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array(json_array({', '.join(_parts(element, compiler, **options))}))"


@compiles(_JsonRows, "postgresql")
def _json_rows_postgresql(element: _JsonRows, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_agg(json_build_array({', '.join(_parts(element, compiler, **options))}))"


@compiles(_Unindexed, "sqlite")
def _unindexed_sqlite(element: _Unindexed, compiler: SQLCompiler, **options: Any) -> str:
    (column,) = _parts(element, compiler, **options)
    return f"+{column}"


@compiles(_Unindexed, "postgresql")
def _unindexed_postgresql(element: _Unindexed, compiler: SQLCompiler, **options: Any) -> str:
    (column,) = _parts(element, compiler, **options)
    return column
