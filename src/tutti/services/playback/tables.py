"""Plays: one row for each time a player started a track."""

import sqlalchemy as sa

from tutti.kit.db import Id, UtcTime, metadata

plays = sa.Table(
    "playback_plays",
    metadata,
    sa.Column("user_id", Id, primary_key=True),
    sa.Column("play_id", sa.String(64), primary_key=True),  # made by the player, so only unique for its user
    sa.Column("track_id", Id, nullable=False),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("played_ms", sa.BigInteger, nullable=False),
    sa.Column("position_ms", sa.BigInteger, nullable=False),
    sa.Column("ended", sa.String(16), nullable=True),  # skipped, completed
    sa.Column("listened_at", UtcTime, nullable=True),  # set once, when it came to count
    sa.Index("ix_playback_plays_history", "user_id", "listened_at", "play_id"),
)
