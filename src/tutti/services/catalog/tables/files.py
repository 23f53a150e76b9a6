"""What the scanner knows of the disk. An unchanged re-scan reads these and writes none of them."""

import sqlalchemy as sa

from tutti.kit.db import Id, Json, UtcTime, metadata

FOLDER, UPLOADS = "folder", "uploads"
"""Kinds of libraries; there is one of uploads at most."""

libraries = sa.Table(
    "catalog_libraries",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("path", sa.Text, nullable=False, unique=True),
    sa.Column("everyone", sa.Boolean, nullable=False),  # else only the users in library_users, and admins
    sa.Column("watch", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False, server_default="folder"),  # or "uploads", whose path is ""
)

library_users = sa.Table(
    "catalog_library_users",
    metadata,
    sa.Column("user_id", Id, primary_key=True),
    sa.Column("library_id", Id, sa.ForeignKey("catalog_libraries.id", ondelete="CASCADE"), primary_key=True),
)

folders = sa.Table(
    "catalog_folders",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("library_id", Id, sa.ForeignKey("catalog_libraries.id", ondelete="CASCADE"), nullable=False),
    sa.Column("parent_id", Id, nullable=True),
    sa.Column("path", sa.Text, nullable=False),  # relative to the library, "" is its root
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("cover_name", sa.Text, nullable=True),  # the image beside the files, with what tells that it changed
    sa.Column("cover_stamp", sa.Text, nullable=True),
    sa.Column("listing", sa.Text, nullable=True),  # digest of all that a scan looks at here; NULL: not taken in whole
    sa.UniqueConstraint("library_id", "path"),
    sa.Index("ix_catalog_folders_parent_id", "parent_id", "name"),
)

files = sa.Table(
    "catalog_files",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("library_id", Id, sa.ForeignKey("catalog_libraries.id", ondelete="CASCADE"), nullable=False),
    sa.Column("folder_id", Id, nullable=False),
    sa.Column("path", sa.Text, nullable=False),  # relative to the library
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("lyrics_stamp", sa.Text, nullable=True),  # of the .lrc beside it
    sa.Column("fingerprint", sa.Text, nullable=False),  # of the audio without its tags
    sa.Column("track_id", Id, nullable=False, unique=True),
    sa.Column("missing_since", UtcTime, nullable=True),
    sa.Column("album_tags", Json, nullable=True),  # what this file says of its album; see repository/deriving.py
    sa.Column("ignored", sa.Boolean, nullable=False, default=False),  # its track was deleted here; the file stays
    sa.Column("storage_key", sa.Text, nullable=True),  # of an upload: where in storage its original lies …
    sa.Column("digest", sa.Text, nullable=True),  # … and the SHA-256 of that, in hex
    sa.UniqueConstraint("library_id", "path"),
    sa.Index("ix_catalog_files_fingerprint", "fingerprint"),
    sa.Index("ix_catalog_files_folder_id", "folder_id"),
)

bad_files = sa.Table(
    "catalog_bad_files",
    metadata,
    sa.Column("library_id", Id, sa.ForeignKey("catalog_libraries.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
)

scans = sa.Table(
    "catalog_scans",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("library_id", Id, sa.ForeignKey("catalog_libraries.id", ondelete="CASCADE"), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),  # running, done, cancelled, failed, interrupted
    sa.Column("full", sa.Boolean, nullable=False),
    sa.Column("counts", Json, nullable=False),
    sa.Column("reason", sa.Text, nullable=True),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("heartbeat_at", UtcTime, nullable=False),  # a running scan whose process died stops beating
    sa.Column("cancel_requested", sa.Boolean, nullable=False, default=False),
    sa.Column("finished_at", UtcTime, nullable=True),
    sa.Index("ix_catalog_scans_library_id", "library_id", "started_at"),
)
