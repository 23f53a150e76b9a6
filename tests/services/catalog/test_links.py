"""What links tracks, albums, artists and genres lies in the order of its key on SQLite, old rows and new."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from support.schema import upgrade_to
from tutti.kit.db import open_database
from tutti.kit.db.database import SQLITE_FILE
from tutti.kit.settings import Base
from tutti.services.catalog.tables import album_artists, album_genres, artist_libraries, credits_, track_genres

LINKS = [credits_, album_artists, artist_libraries, track_genres, album_genres]


def rows_of(table: sa.Table) -> list[tuple[Any, ...]]:
    """Two rows with something in every column, in the order of their key."""
    return [
        tuple(number if column.type.python_type is int else f"{column.name} {number}" for column in table.c)
        for number in range(2)
    ]


@pytest.mark.parametrize("table", LINKS, ids=str)
async def test_links_written_before_are_kept(tmp_path: Path, table: sa.Table) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / SQLITE_FILE}")
    rows = rows_of(table)
    with engine.begin() as connection:
        upgrade_to(connection, "0009")
        connection.execute(sa.insert(table).values(rows))
    engine.dispose()

    db = open_database(Base(data_dir=tmp_path))
    await db.start()
    await db.migrate()
    assert await db.read(lambda connection: connection.execute(sa.select(table)).all()) == rows
    with pytest.raises(sa.exc.OperationalError, match="no such column: rowid"):
        await db.read(lambda connection: connection.execute(sa.text(f"SELECT rowid FROM {table}")).all())
    await db.stop()
