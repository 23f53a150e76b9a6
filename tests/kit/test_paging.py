"""Cursors: what goes in comes out, what was never put in is refused by name, and pages cover a list exactly once."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Connection

from tutti.kit.db import Database
from tutti.kit.events.tables import cursors, outbox
from tutti.kit.paging import MAX_CURSOR_LENGTH, BadCursor, Page, decode_cursor, encode_cursor, keyset

SCOPE = "albums:title:asc"
ID = "0190a000-0000-7000-8000-000000000000"
TYPES = (str, int, float, int | None, datetime, UUID)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
integers = st.integers(-(2**63), 2**63 - 1)
numbers = st.floats(allow_nan=False)
moments = st.datetimes(timezones=st.just(UTC))
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary() | moments,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def packed(value: object) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(value)).rstrip(b"=").decode()


def raw(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@given(
    st.tuples(texts, integers, numbers, st.none() | integers, moments, st.uuids()),
)
def test_a_key_comes_back_as_it_was(key: tuple[str, int, float, int | None, datetime, UUID]) -> None:
    *plain, moment, id_ = key
    cursor = encode_cursor(SCOPE, (*plain, moment.isoformat(), str(id_)))
    assert decode_cursor(SCOPE, cursor, TYPES) == [*plain, moment, str(id_)]


@given(texts)
def test_a_cursor_stands_in_an_address_as_it_is(text: str) -> None:
    assert set(encode_cursor(SCOPE, (text,))) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_no_path_is_too_long_for_a_cursor() -> None:
    assert len(encode_cursor(f"missing:{ID}", ("ß" * 2048, ID))) <= MAX_CURSOR_LENGTH


@pytest.mark.parametrize("cursor", [None, ""])
def test_a_list_starts_without_a_cursor(cursor: str | None) -> None:
    assert decode_cursor(SCOPE, cursor, (str, UUID)) is None


@pytest.mark.parametrize(
    ("key", "types"),
    [
        (("x",), (str, UUID)),
        (("x", ID, 1), (str, UUID)),
        ((1, ID), (str, UUID)),
        (("x", 1), (str, UUID)),
        (("x", "no id"), (str, UUID)),
        ((None, ID), (str, UUID)),
        (("1", ID), (int, UUID)),
        ((1.5, ID), (int, UUID)),
        ((2**63, ID), (int, UUID)),
        (("nul\0", ID), (str, UUID)),
        (("song", ID), (Literal["folder", "track"], UUID)),
        ((2**31,), (Annotated[int, msgspec.Meta(le=2**31 - 1)],)),
        (("2026-01-01T00:00:00", ID), (datetime, UUID)),
        (("0001-01-01T00:00:00+14:00", ID), (datetime, UUID)),
        (("yesterday", ID), (datetime, UUID)),
    ],
)
def test_a_key_of_another_kind_is_refused(key: Sequence[str | int | float | None], types: Sequence[Any]) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(SCOPE, encode_cursor(SCOPE, key), types)


@given(texts, texts)
def test_the_cursor_of_another_list_is_refused(one: str, other: str) -> None:
    cursor = encode_cursor(one, ("x",))
    if one == other:
        assert decode_cursor(other, cursor, (str,)) == ["x"]
    else:
        with pytest.raises(BadCursor):
            decode_cursor(other, cursor, (str,))


@given(st.text() | st.binary().map(raw) | anything.map(packed))
@example("=")
@example("ü")
@example("A")
@example("a b")
@example(raw(b"\x91" * 4000))
@example(raw(b"\x91\x81\x80\x01"))
@example(raw(b"\x92\xc7\x0c\xff" + b"\xff" * 12))
@example(raw(b"\xc1"))
@example(packed("text"))
@example(packed({SCOPE: 1}))
@example(packed([]))
def test_whatever_is_not_ours_is_refused_by_name(cursor: str) -> None:
    if not cursor:
        return
    with pytest.raises(BadCursor) as refused:
        decode_cursor(SCOPE, cursor, (str, UUID))
    assert (refused.value.status, refused.value.code) == (400, "BAD_CURSOR")


@given(st.data())
def test_an_altered_cursor_is_refused_or_still_a_key(data: st.DataObject) -> None:
    """A cursor is no secret and no proof: altered ones may name another place, never break anything."""
    cursor = encode_cursor(SCOPE, ("Abbey Road", ID))
    place = data.draw(st.integers(0, len(cursor) - 1))
    altered = cursor[:place] + data.draw(st.characters()) + cursor[place + 1 :]
    try:
        key = decode_cursor(SCOPE, altered, (str, UUID))
    except BadCursor:
        return
    assert key is not None
    assert [type(part) for part in key] == [str, str]
    assert str(UUID(key[1])) == key[1]


@given(st.tuples(anything, anything, anything, anything))
@example(("\ud7ff\U0010ffff", 2**63 - 1, "9999-12-31T23:59:59.999999Z", "f" * 32))
@example(("", -(2**63), "0001-01-01T00:00:00Z", "{" + ID + "}"))
def test_what_is_decoded_is_a_value_for_every_column(key: tuple[Any, ...]) -> None:
    try:
        found = decode_cursor(SCOPE, packed([SCOPE, *key]), (str, int, datetime, UUID))
    except BadCursor:
        return
    assert found is not None
    text, number, moment, id_ = found
    assert "\0" not in text
    assert -(2**63) <= number < 2**63
    assert moment.utcoffset().total_seconds() == 0
    assert str(UUID(id_)) == id_


@pytest.mark.parametrize(
    "key",
    [
        ("\U0010ffff", 2**63 - 1, "9999-12-31T23:59:59.999999Z", "f" * 32),
        ("", -(2**63), "0001-01-01T00:00:00Z", ID.upper()),
        ("'; --", 0, "1969-12-31T23:59:59.999999+05:30", ID),
    ],
)
async def test_the_outermost_keys_are_no_error_of_the_database(db: Database, key: tuple[Any, ...]) -> None:
    columns = (outbox.c.key, outbox.c.seq, outbox.c.occurred_at, outbox.c.id)
    found = decode_cursor(SCOPE, packed([SCOPE, *key]), (str, int, datetime, UUID))

    def count(connection: Connection, descending: bool) -> int:
        return len(
            connection.execute(keyset(sa.select(*columns), columns, found, descending=descending, limit=9)).all()
        )

    assert [await db.read(count, descending) for descending in (False, True)] == [0, 0]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_pages_cover_a_list_once_and_in_order(db: Database, limit: int, descending: bool) -> None:
    rows = [("a", 2), ("b", 1), ("c", 2), ("d", 2), ("e", 1), ("f", 3), ("g", 2)]
    await db.write(insert_consumers, *rows)

    seen: list[tuple[int, str]] = []
    cursor: str | None = None
    while True:
        page = await db.read(list_consumers, cursor, limit, descending)
        assert 0 < len(page.items) <= limit
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == sorted(((seq, name) for name, seq in rows), reverse=descending)


async def test_rows_that_come_between_pages_move_nothing(db: Database) -> None:
    await db.write(insert_consumers, ("b", 1), ("d", 1), ("f", 1))
    first = await db.read(list_consumers, None, 2, False)
    await db.write(insert_consumers, ("a", 1), ("e", 1), ("a0", 2))
    second = await db.read(list_consumers, first.next_cursor, 50, False)
    assert [name for _, name in (*first.items, *second.items)] == ["b", "d", "e", "f", "a0"]


def insert_consumers(db: Connection, *rows: tuple[str, int]) -> None:
    db.execute(sa.insert(cursors), [{"consumer": name, "seq": seq, "rewinds": 0} for name, seq in rows])


def list_consumers(db: Connection, cursor: str | None, limit: int, descending: bool) -> Page[tuple[int, str]]:
    columns = (cursors.c.seq, cursors.c.consumer)
    key = decode_cursor("consumers", cursor, (int, str))
    statement = keyset(sa.select(*columns), columns, key, descending=descending, limit=limit)
    found = [(row.seq, row.consumer) for row in db.execute(statement)]
    return Page(found[:limit], encode_cursor("consumers", found[limit - 1]) if len(found) > limit else None)


def test_a_page_on_the_wire() -> None:
    assert msgspec.json.encode(Page([1], "abc")) == b'{"items":[1],"nextCursor":"abc"}'
