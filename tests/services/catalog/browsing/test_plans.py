"""Each order is one range scan of an index that covers it, and a page is the same few statements whatever its size."""

from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, event

from support.browsing import ADMIN, LISTENER, Catalogue
from tutti.services.catalog.repository import lists, pages
from tutti.services.catalog.repository.lists import Asked, Listing, page_statement
from tutti.services.catalog.service.browsing import viewer

LISTINGS = {"albums": lists.ALBUMS, "tracks": lists.TRACKS, "artists": lists.ARTISTS, "genres": lists.GENRES}
ALWAYS = {"artists": ("album_artist",)}


def explain(connection: Connection, listing: Listing, sort: str, descending: bool, flags: tuple[str, ...]) -> list[str]:
    """The plans of the first page and of one in the middle."""
    middle = connection.execute(sa.select(*listing.orders[sort]).limit(1).offset(7)).one()
    key = {f"key_{n}": part for n, part in enumerate(middle)}
    plans: list[str] = []
    for resumed in (False, True):
        statement = page_statement(listing, sort, descending, flags, resumed)
        statement = statement.params({"rows": 51, **(key if resumed else {})})
        sql = statement.compile(connection, compile_kwargs={"literal_binds": True})
        if connection.dialect.name == "sqlite":
            plans.append("\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")))
        else:
            for other in ("seqscan", "bitmapscan", "sort"):  # what the planner rightly prefers for so few rows
                connection.exec_driver_sql(f"SET LOCAL enable_{other} = off")
            plans.append("\n".join(connection.exec_driver_sql(f"EXPLAIN {sql}").scalars()))
    return plans


@pytest.mark.parametrize("kind", LISTINGS)
async def test_an_index_covers_each_order(catalogue: Catalogue, kind: str) -> None:
    for sort, descending in product(LISTINGS[kind].orders, (False, True)):
        plans = await catalogue.db.write(explain, LISTINGS[kind], sort, descending, ALWAYS.get(kind, ()))
        for plan in plans:
            check(plan, catalogue.db.dialect, f"ix_catalog_{kind}_by_{sort}")
        if catalogue.db.dialect == "sqlite":
            assert "SEARCH" in plans[1], "a later page starts where it should"


def check(plan: str, dialect: str, index: str) -> None:
    if dialect == "sqlite":
        assert f"USING COVERING INDEX {index}" in plan, plan
        assert "TEMP B-TREE" not in plan, plan
    else:
        assert f"{index} on" in plan, plan
        assert "Index Scan" in plan or "Index Only Scan" in plan, plan
        assert "Sort" not in plan, plan


def counted(connection: Connection, query: Any, *args: Any) -> int:
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(connection, "before_cursor_execute", count)
    query(connection, *args)
    event.remove(connection, "before_cursor_execute", count)
    return len(statements)


@pytest.mark.parametrize(
    ("query", "sort", "most"),
    [(pages.list_albums, "title", 2), (pages.list_tracks, "title", 2), (pages.list_genres, "name", 2)],
)
async def test_a_page_is_a_few_statements_however_long(catalogue: Catalogue, query: Any, sort: str, most: int) -> None:
    for limit in (1, 50, 500):
        assert await catalogue.db.read(counted, query, viewer(ADMIN), Asked(sort, False, limit)) == most
    restricted = await catalogue.db.read(counted, query, viewer(LISTENER), Asked(sort, False, 500))
    assert restricted <= most + 3
