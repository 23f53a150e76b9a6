"""Parked events are claimed by one copy at a time."""

import sqlalchemy as sa
from alembic import op

from tutti.kit.db import Id, UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events_parked", sa.Column("owner", Id, nullable=True))
    op.add_column("events_parked", sa.Column("claimed_until", UtcTime, nullable=True))
    op.create_index("ix_events_parked_claimed_until", "events_parked", ["consumer", "claimed_until"])
