"""Whose the claim of an Idempotency-Key is; claims of versions that do not say so have no owner."""

import sqlalchemy as sa
from alembic import op

from tutti.kit.db import Id

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("idempotency_answers", sa.Column("owner", Id, nullable=True))
