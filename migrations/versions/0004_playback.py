"""Plays."""

import sqlalchemy as sa
from alembic import op

from tutti.kit.db import Id, UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "playback_plays",
        sa.Column("user_id", Id, primary_key=True),
        sa.Column("play_id", sa.String(64), primary_key=True),
        sa.Column("track_id", Id, nullable=False),
        sa.Column("started_at", UtcTime, nullable=False),
        sa.Column("played_ms", sa.BigInteger, nullable=False),
        sa.Column("position_ms", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.String(16), nullable=True),
        sa.Column("listened_at", UtcTime, nullable=True),
    )
    op.create_index("ix_playback_plays_history", "playback_plays", ["user_id", "listened_at", "play_id"])
