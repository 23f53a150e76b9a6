"""Uploads, originals by content, which track has which, and the jobs that turn the first into the others."""

import sqlalchemy as sa

from tutti.kit.db import Id, Json, UtcTime, metadata

uploads = sa.Table(
    "media_uploads",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("filename", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=True),  # as the uploader says; compared once the bytes are read
    sa.Column("state", sa.String(16), nullable=False),  # waiting, uploaded, processing, ready, failed, discarded
    sa.Column("reason_code", sa.String(32), nullable=True),
    sa.Column("reason", sa.Text, nullable=True),
    sa.Column("duplicate_of", Id, nullable=True),
    sa.Column("keep_duplicate", sa.Boolean, nullable=False),
    sa.Column("tags", Json, nullable=True),  # what the user set before there was a track to set it on
    sa.Column("track_id", Id, nullable=False),  # given at creation: the job may run twice, the track is made once
    sa.Column("storage_key", sa.Text, nullable=False),
    sa.Column("multipart_id", sa.Text, nullable=True),
    sa.Column("part_bytes", sa.BigInteger, nullable=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("completed_at", UtcTime, nullable=True),
    sa.Column("finished_at", UtcTime, nullable=True),
    sa.Index("ix_media_uploads_user_id", "user_id", "id"),
    sa.Index("ix_media_uploads_created_at", "user_id", "created_at"),
    sa.Index("ix_media_uploads_state", "state", "expires_at"),
    sa.Index("ix_media_uploads_track_id", "track_id"),
)

originals = sa.Table(
    "media_originals",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),  # SHA-256 of the bytes, in hex
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
    # Null until analysed.
    sa.Column("loudness_lufs", sa.Float, nullable=True),
    sa.Column("true_peak_db", sa.Float, nullable=True),
    sa.Column("gain_db", sa.Float, nullable=True),
    sa.Column("peak", sa.Float, nullable=True),
    sa.Column("encoder_delay", sa.Integer, nullable=True),
    sa.Column("encoder_padding", sa.Integer, nullable=True),
    sa.Column("silence_start_ms", sa.BigInteger, nullable=True),
    sa.Column("silence_end_ms", sa.BigInteger, nullable=True),
    sa.Column("ladder", Json, nullable=True),  # the rungs that are stored
    sa.Column("created_at", UtcTime, nullable=False),
)

tracks = sa.Table(
    "media_tracks",
    metadata,
    sa.Column("track_id", Id, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),  # an original lives while one row points at it
    sa.Column("user_id", Id, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Index("ix_media_tracks_digest", "digest"),
    sa.Index("ix_media_tracks_user_id", "user_id"),
)

jobs = sa.Table(
    "media_jobs",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("track_id", Id, nullable=False),
    sa.Column("upload_id", Id, nullable=False),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # queued, done, dead; what runs now only the worker knows
    sa.Column("error", sa.Text, nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime, nullable=True),
    sa.Index("ix_media_jobs_state", "state", "id"),
    sa.Index("ix_media_jobs_upload_id", "upload_id"),
    sa.Index("ix_media_jobs_track_id", "track_id"),
)
