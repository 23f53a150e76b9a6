"""What links tracks, albums, artists and genres lies in the order of its key on SQLite, not beside it.

A row was written twice, into the table and into the index of its key, and read by way of both.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CONTRACTS = "0003"
"""Tables are replaced by equal ones: all code that knows them can go on."""

_LINKS = (
    "catalog_credits",
    "catalog_album_artists",
    "catalog_artist_libraries",
    "catalog_track_genres",
    "catalog_album_genres",
)


def upgrade() -> None:
    if op.get_context().dialect.name != "sqlite":
        return
    for name in _LINKS:
        with op.batch_alter_table(name, recreate="always", table_kwargs={"sqlite_with_rowid": False}):
            pass
