"""Who did what on what, and in which genre."""

import sqlalchemy as sa

from tutti.kit.db import Id, metadata
from tutti.services.catalog.tables.music import SortKey

credits_ = sa.Table(
    "catalog_credits",
    metadata,
    sa.Column("track_id", Id, sa.ForeignKey("catalog_tracks.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role", sa.String(24), primary_key=True),  # artist, featured, composer, …
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("artist_id", Id, nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # as credited here
    sa.Column("detail", sa.Text, nullable=True),  # the instrument
    sa.Column("sort_name", sa.Text, nullable=True),  # as tagged, like the next
    sa.Column("mbid", sa.Text, nullable=True),
    sa.Index("ix_catalog_credits_artist_id", "artist_id", "role", "track_id"),
    sqlite_with_rowid=False,
)

album_artists = sa.Table(
    "catalog_album_artists",
    metadata,
    sa.Column("album_id", Id, sa.ForeignKey("catalog_albums.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("artist_id", Id, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sort_name", sa.Text, nullable=True),
    sa.Column("mbid", sa.Text, nullable=True),
    sa.Index("ix_catalog_album_artists_artist_id", "artist_id", "album_id"),
    sqlite_with_rowid=False,
)

artist_aliases = sa.Table(
    "catalog_artist_aliases",
    metadata,
    sa.Column("name_key", SortKey, primary_key=True),  # a name that was merged away …
    sa.Column("artist_id", Id, nullable=False),  # … and whom it means since
    sa.Index("ix_catalog_artist_aliases_artist_id", "artist_id"),
)

album_aliases = sa.Table(
    "catalog_album_aliases",
    metadata,
    sa.Column("identity_key", SortKey, primary_key=True),  # of an album that was merged away …
    sa.Column("album_id", Id, nullable=False),  # … and the one its tracks belong to since
    sa.Index("ix_catalog_album_aliases_album_id", "album_id"),
)

artist_libraries = sa.Table(
    "catalog_artist_libraries",  # where an artist has tracks: who may see the artist
    metadata,
    sa.Column("artist_id", Id, primary_key=True),
    sa.Column("library_id", Id, primary_key=True),
    sa.Column("track_count", sa.Integer, nullable=False),
    sa.Index("ix_catalog_artist_libraries_library_id", "library_id", "artist_id"),
    sqlite_with_rowid=False,
)

track_genres = sa.Table(
    "catalog_track_genres",
    metadata,
    sa.Column("track_id", Id, sa.ForeignKey("catalog_tracks.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("genre_id", Id, primary_key=True),
    sa.Index("ix_catalog_track_genres_genre_id", "genre_id", "track_id"),
    sqlite_with_rowid=False,
)

album_genres = sa.Table(
    "catalog_album_genres",
    metadata,
    sa.Column("album_id", Id, sa.ForeignKey("catalog_albums.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("genre_id", Id, primary_key=True),
    sa.Index("ix_catalog_album_genres_genre_id", "genre_id", "album_id"),
    sqlite_with_rowid=False,
)
