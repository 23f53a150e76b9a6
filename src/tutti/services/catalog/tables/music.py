"""What people see. Sort columns hold no NULL and end in the id, so that a page is one range scan of one index."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from tutti.kit.db import Id, Json, UtcTime, metadata

# Folded in Python (case, accents, leading article): bytes compare the same in both databases.
SortKey = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

READY, PROCESSING, FAILED = "ready", "processing", "failed"
"""States of a track. Only an upload is ever anything but ready; one that failed is shown to nobody."""

_uploaded = sa.text("uploader_id IS NOT NULL")  # scanned tracks cost the index nothing

artists = sa.Table(
    "catalog_artists",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sort_name", SortKey, nullable=False),
    sa.Column("name_key", SortKey, nullable=False, unique=True),  # identity: the folded name as tagged
    sa.Column("mbid", sa.Text, nullable=True),
    sa.Column("biography", sa.Text, nullable=True),
    sa.Column("cover_id", sa.Text, nullable=True),
    sa.Column("album_count", sa.Integer, nullable=False, default=0),
    sa.Column("track_count", sa.Integer, nullable=False, default=0),
    sa.Column("play_count", sa.Integer, nullable=False, default=0),
    sa.Column("last_played_at", UtcTime, nullable=True),
    sa.Column("by_hand", sa.Boolean, nullable=False, default=False),  # made by the API: kept without any file
    sa.Column("added_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Index("ix_catalog_artists_by_name", "sort_name", "id", "album_count", "track_count", "by_hand"),
    sa.Index("ix_catalog_artists_by_added", "added_at", "id", "album_count", "track_count", "by_hand"),
    sa.Index("ix_catalog_artists_by_albums", "album_count", "id", "track_count", "by_hand"),
    sa.Index("ix_catalog_artists_by_tracks", "track_count", "id", "album_count", "by_hand"),
    sa.Index("ix_catalog_artists_by_played", "play_count", "id", "album_count", "track_count", "by_hand"),
)

albums = sa.Table(
    "catalog_albums",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("library_id", Id, nullable=True),  # NULL: made by the API
    sa.Column(
        "identity_key", SortKey, nullable=False, unique=True
    ),  # library + release id, or + album artist + title …
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("sort_title", SortKey, nullable=False),
    sa.Column("artist_name", sa.Text, nullable=False),  # as displayed; the artists themselves are in album_artists
    sa.Column("sort_artist", SortKey, nullable=False),
    sa.Column("year", sa.Integer, nullable=False, default=0),  # of the original release where known; 0: not known
    sa.Column("date", sa.Text, nullable=True),
    sa.Column("original_date", sa.Text, nullable=True),
    sa.Column("compilation", sa.Boolean, nullable=False, default=False),
    sa.Column("labels", Json, nullable=False, default=list),
    sa.Column("catalog_number", sa.Text, nullable=True),
    sa.Column("barcode", sa.Text, nullable=True),
    sa.Column("mbid_release", sa.Text, nullable=True),
    sa.Column("mbid_release_group", sa.Text, nullable=True),
    sa.Column("cover_id", sa.Text, nullable=True),
    sa.Column("disc_count", sa.Integer, nullable=False, default=0),
    sa.Column("track_count", sa.Integer, nullable=False, default=0),  # present ones; 0 hides the album
    sa.Column("duration_ms", sa.BigInteger, nullable=False, default=0),
    sa.Column("size_bytes", sa.BigInteger, nullable=False, default=0),
    sa.Column("play_count", sa.Integer, nullable=False, default=0),
    sa.Column("last_played_at", UtcTime, nullable=True),
    sa.Column("rating", sa.Float, nullable=False, default=0.0),  # mean, 0: none yet
    sa.Column("by_hand", sa.Boolean, nullable=False, default=False),
    sa.Column("added_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Index("ix_catalog_albums_by_title", "sort_title", "id", "library_id", "track_count", "by_hand"),
    sa.Index(
        "ix_catalog_albums_by_artist", "sort_artist", "year", "sort_title", "id", "library_id", "track_count", "by_hand"
    ),
    sa.Index("ix_catalog_albums_by_year", "year", "sort_title", "id", "library_id", "track_count", "by_hand"),
    sa.Index("ix_catalog_albums_by_added", "added_at", "id", "library_id", "track_count", "by_hand"),
    sa.Index("ix_catalog_albums_by_played", "play_count", "id", "library_id", "track_count", "by_hand"),
    sa.Index("ix_catalog_albums_by_rating", "rating", "id", "library_id", "track_count", "by_hand"),
)

tracks = sa.Table(
    "catalog_tracks",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("library_id", Id, nullable=True),
    sa.Column("album_id", Id, nullable=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("sort_title", SortKey, nullable=False),
    sa.Column("artist_name", sa.Text, nullable=False),
    sa.Column("sort_artist", SortKey, nullable=False),
    sa.Column("sort_album", SortKey, nullable=False),
    sa.Column("disc_number", sa.Integer, nullable=False, default=1),
    sa.Column("disc_total", sa.Integer, nullable=True),
    sa.Column("disc_subtitle", sa.Text, nullable=True),
    sa.Column("track_number", sa.Integer, nullable=False, default=0),
    sa.Column("track_total", sa.Integer, nullable=True),
    sa.Column("year", sa.Integer, nullable=False, default=0),
    sa.Column("date", sa.Text, nullable=True),
    sa.Column("original_date", sa.Text, nullable=True),
    sa.Column("duration_ms", sa.BigInteger, nullable=False, default=0),
    sa.Column("codec", sa.Text, nullable=False, default=""),
    sa.Column("mime", sa.Text, nullable=False, default=""),
    sa.Column("bit_rate_kbps", sa.Integer, nullable=False, default=0),
    sa.Column("sample_rate_hz", sa.Integer, nullable=False, default=0),
    sa.Column("bit_depth", sa.Integer, nullable=True),
    sa.Column("channels", sa.Integer, nullable=False, default=0),
    sa.Column("size_bytes", sa.BigInteger, nullable=False, default=0),
    sa.Column("track_gain_db", sa.Float, nullable=True),
    sa.Column("track_peak", sa.Float, nullable=True),
    sa.Column("album_gain_db", sa.Float, nullable=True),
    sa.Column("album_peak", sa.Float, nullable=True),
    sa.Column("bpm", sa.Float, nullable=True),
    sa.Column("comment", sa.Text, nullable=True),
    sa.Column("isrcs", Json, nullable=False, default=list),
    sa.Column("mbid_recording", sa.Text, nullable=True),
    sa.Column("mbid_track", sa.Text, nullable=True),
    sa.Column("has_lyrics", sa.Boolean, nullable=False, default=False),
    sa.Column("cover_id", sa.Text, nullable=True),
    sa.Column("play_count", sa.Integer, nullable=False, default=0),
    sa.Column("last_played_at", UtcTime, nullable=True),
    sa.Column("rating", sa.Float, nullable=False, default=0.0),
    sa.Column("by_hand", sa.Boolean, nullable=False, default=False),
    sa.Column("present", sa.Boolean, nullable=False, default=True),  # its file is there, or it never had one
    sa.Column("uploader_id", Id, nullable=True),  # who uploaded it; NULL: nobody did
    sa.Column("state", sa.String(16), nullable=False, server_default="ready"),  # or "processing"
    sa.Column("added_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Index("ix_catalog_tracks_album_id", "album_id", "disc_number", "track_number", "sort_title", "id"),
    sa.Index("ix_catalog_tracks_by_title", "sort_title", "id", "library_id", "present"),
    sa.Index(
        "ix_catalog_tracks_by_artist",
        "sort_artist",
        "sort_album",
        "disc_number",
        "track_number",
        "id",
        "library_id",
        "present",
    ),
    sa.Index("ix_catalog_tracks_by_album", "sort_album", "disc_number", "track_number", "id", "library_id", "present"),
    sa.Index("ix_catalog_tracks_by_year", "year", "sort_title", "id", "library_id", "present"),
    sa.Index("ix_catalog_tracks_by_added", "added_at", "id", "library_id", "present"),
    sa.Index("ix_catalog_tracks_by_played", "play_count", "id", "library_id", "present"),
    sa.Index("ix_catalog_tracks_by_duration", "duration_ms", "id", "library_id", "present"),
    sa.Index("ix_catalog_tracks_by_rating", "rating", "id", "library_id", "present"),
    sa.Index("ix_catalog_tracks_cover_id", "cover_id"),
    sa.Index("ix_catalog_tracks_mbid_recording", "mbid_recording"),
    sa.Index(
        "ix_catalog_tracks_uploader_id",
        "uploader_id",
        "state",
        sqlite_where=_uploaded,
        postgresql_where=_uploaded,
    ),
)

genres = sa.Table(
    "catalog_genres",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sort_name", SortKey, nullable=False),
    sa.Column("name_key", SortKey, nullable=False, unique=True),  # identity: the folded name as tagged
    sa.Column("album_count", sa.Integer, nullable=False, default=0),
    sa.Column("track_count", sa.Integer, nullable=False, default=0),
    sa.Column("by_hand", sa.Boolean, nullable=False, default=False),
    sa.Index("ix_catalog_genres_by_name", "sort_name", "id", "track_count", "by_hand"),
    sa.Index("ix_catalog_genres_by_tracks", "track_count", "id", "by_hand"),
)

covers = sa.Table(
    "catalog_covers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # digest of the image
    sa.Column("library_id", Id, nullable=True),
    sa.Column("path", sa.Text, nullable=False),  # where the image was last seen: a file of the library …
    sa.Column("embedded", sa.Boolean, nullable=False),  # … that holds it in its tags, or is it
    sa.Column("described", sa.Boolean, nullable=False, default=False),  # the columns below are filled after the scan
    sa.Column("mime", sa.Text, nullable=True),
    sa.Column("width", sa.Integer, nullable=True),
    sa.Column("height", sa.Integer, nullable=True),
    sa.Column("blurhash", sa.Text, nullable=True),
    sa.Column("palette", Json, nullable=True),
    sa.Index("ix_catalog_covers_described", "described"),
)

lyrics = sa.Table(
    "catalog_lyrics",
    metadata,
    sa.Column("track_id", Id, sa.ForeignKey("catalog_tracks.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("plain", sa.Text, nullable=True),
    sa.Column("synced", Json, nullable=True),  # [[start_ms, line], …]
)

overrides = sa.Table(
    "catalog_overrides",
    metadata,
    sa.Column("kind", sa.String(16), primary_key=True),  # artist, album, track, genre
    sa.Column("entity_id", Id, primary_key=True),
    sa.Column("field", sa.String(64), primary_key=True),
    sa.Column("value", Json, nullable=True),
    sa.Column("scanned", Json, nullable=True),  # what the files say, for when the override is taken back
    sa.Column("user_id", Id, nullable=False),
    sa.Column("set_at", UtcTime, nullable=False),
)
