"""Covers in the sizes that were asked for, kept in storage: what the bound on their bytes is reckoned with."""

import sqlalchemy as sa

from tutti.kit.db import UtcTime, metadata

cover_renditions = sa.Table(
    "catalog_cover_renditions",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # of the object in storage
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("used_at", UtcTime, nullable=False),  # lags behind by one sweep
    sa.Index("ix_catalog_cover_renditions_used_at", "used_at", "key", "size_bytes"),
)
