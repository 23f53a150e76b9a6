"""Lists by opaque cursor: a page holds its rows and where the next one starts."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar, TypeVarTuple
from uuid import UUID

import msgspec
import sqlalchemy as sa
from litestar.params import Parameter
from sqlalchemy.sql import ColumnElement, Select

from tutti.kit.errors import Invalid

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
MAX_LIMIT = 500
DEFAULT_LIMIT = 50
MAX_CURSOR_LENGTH = 8192
"""Room for the longest key there is: a path of 4,096 bytes."""
_INT64 = range(-(2**63), 2**63)

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT, description="How many items at the most")]
Cursor = Annotated[str | None, Parameter(max_length=MAX_CURSOR_LENGTH, description="`nextCursor` of the page before")]
Key = Sequence[str | int | float | None]


class BadCursor(Invalid):
    """The cursor was not made by this list."""


class Page(msgspec.Struct, Generic[T], frozen=True, rename="camel"):
    """One page of a list; ``next_cursor`` is null on the last."""

    items: list[T]
    next_cursor: str | None


def encode_cursor(scope: str, key: Key) -> str:
    """Pack the sort key of a page's last row; ``scope`` names the list and its order."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode([scope, *key])).rstrip(b"=").decode()


def decode_cursor(scope: str, cursor: str | None, types: Sequence[type | Any]) -> list[Any] | None:
    """Unpack a cursor made for ``scope``, each part of its type; None when there is none.

    Anybody can write a cursor, so what comes out is what either database takes as a value of that type: text without
    NUL, integers of 64 bits, times in UTC. An id has the type `UUID` and comes out as its text.

    Raises:
        BadCursor: altered, or made for another list or order.
    """
    if not cursor:
        return None
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        parts = msgspec.msgpack.decode(packed, type=list[Any])
        if len(parts) != len(types) + 1 or parts[0] != scope:
            raise BadCursor("This cursor belongs to another list; start again without it.")
        return [_storable(msgspec.convert(part, type=kind)) for part, kind in zip(parts[1:], types, strict=True)]
    except (binascii.Error, msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise BadCursor("This cursor is not one of ours; start again without it.") from error


def _storable(part: Any) -> Any:
    if isinstance(part, UUID):
        return str(part)
    if isinstance(part, datetime):
        if part.tzinfo is None:
            raise ValueError("a time without a zone")
        return part.astimezone(UTC)
    if (isinstance(part, str) and "\0" in part) or (isinstance(part, int) and part not in _INT64):
        raise ValueError("no value for a database")
    return part


def after(
    columns: Sequence[ColumnElement[Any]], key: Sequence[Any], *, descending: bool = False
) -> ColumnElement[bool]:
    """Condition for the rows that follow ``key`` in the order of ``columns``, by one range scan of their index.

    All columns run the same way and hold no NULL; the last one is unique.
    """
    left = sa.tuple_(*columns)
    right = sa.tuple_(
        *(sa.bindparam(None, value, type_=column.type) for value, column in zip(key, columns, strict=True))
    )
    return left < right if descending else left > right


def keyset(
    statement: Select[*Ts],
    columns: Sequence[ColumnElement[Any]],
    key: Sequence[Any] | None,
    *,
    descending: bool = False,
    limit: int,
) -> Select[*Ts]:
    """Order ``statement`` by ``columns``, start after ``key`` and take one row more than ``limit``."""
    if key is not None:
        statement = statement.where(after(columns, key, descending=descending))
    return statement.order_by(*(c.desc() if descending else c.asc() for c in columns)).limit(limit + 1)
