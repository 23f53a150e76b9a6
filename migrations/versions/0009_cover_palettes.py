"""Palettes of covers that were stored with their background and foreground, instead of as a list of colours."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SQLITE = """
UPDATE catalog_covers SET palette = json_extract(palette, '$.colors')
WHERE palette IS NOT NULL AND json_type(palette) = 'object'
"""
_POSTGRESQL = """
UPDATE catalog_covers SET palette = palette -> 'colors' WHERE jsonb_typeof(palette) = 'object'
"""


def upgrade() -> None:
    op.execute(sa.text(_SQLITE if op.get_context().dialect.name == "sqlite" else _POSTGRESQL))
