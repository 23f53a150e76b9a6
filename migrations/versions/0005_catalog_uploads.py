"""Uploaded tracks: a library of its own kind, who brought a track, and whether it is ready to be heard."""

import sqlalchemy as sa
from alembic import op

from tutti.kit.db import Id

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("catalog_libraries", sa.Column("kind", sa.String(16), nullable=False, server_default="folder"))
    op.add_column("catalog_files", sa.Column("storage_key", sa.Text, nullable=True))
    op.add_column("catalog_files", sa.Column("digest", sa.Text, nullable=True))
    op.add_column("catalog_tracks", sa.Column("uploader_id", Id, nullable=True))
    op.add_column("catalog_tracks", sa.Column("state", sa.String(16), nullable=False, server_default="ready"))
    uploaded = sa.text("uploader_id IS NOT NULL")
    op.create_index(
        "ix_catalog_tracks_uploader_id",
        "catalog_tracks",
        ["uploader_id", "state"],
        sqlite_where=uploaded,
        postgresql_where=uploaded,
    )
