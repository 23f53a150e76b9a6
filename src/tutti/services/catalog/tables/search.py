"""What search looks through. The index over ``body`` is each database's own; see the migration."""

import sqlalchemy as sa

from tutti.kit.db import Id, metadata

search_entries = sa.Table(
    "catalog_search",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),  # the rowid of SQLite's full-text index
    sa.Column("kind", sa.String(16), nullable=False),  # artist, album, track
    sa.Column("entity_id", Id, nullable=False, unique=True),
    sa.Column("body", sa.Text, nullable=False),  # folded words, one space between; never empty
)
