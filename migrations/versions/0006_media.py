"""Uploads, originals, and the jobs between them."""

import sqlalchemy as sa
from alembic import op

from tutti.kit.db import Id, Json, UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_uploads",
        sa.Column("id", Id, primary_key=True),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason_code", sa.String(32), nullable=True),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("duplicate_of", Id, nullable=True),
        sa.Column("keep_duplicate", sa.Boolean, nullable=False),
        sa.Column("tags", Json, nullable=True),
        sa.Column("track_id", Id, nullable=False),
        sa.Column("storage_key", sa.Text, nullable=False),
        sa.Column("multipart_id", sa.Text, nullable=True),
        sa.Column("part_bytes", sa.BigInteger, nullable=True),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.Column("completed_at", UtcTime, nullable=True),
        sa.Column("finished_at", UtcTime, nullable=True),
    )
    op.create_index("ix_media_uploads_user_id", "media_uploads", ["user_id", "id"])
    op.create_index("ix_media_uploads_created_at", "media_uploads", ["user_id", "created_at"])
    op.create_index("ix_media_uploads_state", "media_uploads", ["state", "expires_at"])
    op.create_index("ix_media_uploads_track_id", "media_uploads", ["track_id"])
    op.create_table(
        "media_originals",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("storage_key", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("mime", sa.Text, nullable=False),
        sa.Column("codec", sa.Text, nullable=False),
        sa.Column("container", sa.Text, nullable=False),
        sa.Column("sample_rate_hz", sa.Integer, nullable=False),
        sa.Column("channels", sa.Integer, nullable=False),
        sa.Column("bit_rate_kbps", sa.Integer, nullable=True),
        sa.Column("lossless", sa.Boolean, nullable=False),
        sa.Column("duration_ms", sa.BigInteger, nullable=False),
        sa.Column("total_samples", sa.BigInteger, nullable=False),
        sa.Column("loudness_lufs", sa.Float, nullable=True),
        sa.Column("true_peak_db", sa.Float, nullable=True),
        sa.Column("gain_db", sa.Float, nullable=True),
        sa.Column("peak", sa.Float, nullable=True),
        sa.Column("encoder_delay", sa.Integer, nullable=True),
        sa.Column("encoder_padding", sa.Integer, nullable=True),
        sa.Column("silence_start_ms", sa.BigInteger, nullable=True),
        sa.Column("silence_end_ms", sa.BigInteger, nullable=True),
        sa.Column("ladder", Json, nullable=True),
        sa.Column("created_at", UtcTime, nullable=False),
    )
    op.create_table(
        "media_tracks",
        sa.Column("track_id", Id, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
    )
    op.create_index("ix_media_tracks_digest", "media_tracks", ["digest"])
    op.create_index("ix_media_tracks_user_id", "media_tracks", ["user_id"])
    op.create_table(
        "media_jobs",
        sa.Column("id", Id, primary_key=True),
        sa.Column("track_id", Id, nullable=False),
        sa.Column("upload_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("error", sa.Text, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("finished_at", UtcTime, nullable=True),
    )
    op.create_index("ix_media_jobs_state", "media_jobs", ["state", "id"])
    op.create_index("ix_media_jobs_upload_id", "media_jobs", ["upload_id"])
    op.create_index("ix_media_jobs_track_id", "media_jobs", ["track_id"])
