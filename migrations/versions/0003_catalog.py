"""The catalogue: what the scanner knows of the disk, what people see, and what search looks through."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tutti.kit.db import Id, Json, UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SORT_KEY = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

# FTS5 keeps only its index; the text stays in catalog_search, and the triggers keep the two in step. Text is folded
# before it gets here, so the tokenizer has no accents to remove. "prefix" makes a word of one to three letters quick.
ADD = "INSERT INTO catalog_search_index (rowid, kind, body) VALUES (new.id, new.kind, new.body);"
REMOVE = """
    INSERT INTO catalog_search_index (catalog_search_index, rowid, kind, body)
    VALUES ('delete', old.id, old.kind, old.body);
"""
SQLITE_INDEX = (
    """
    CREATE VIRTUAL TABLE catalog_search_index USING fts5(
        kind, body, content = 'catalog_search', content_rowid = 'id',
        tokenize = 'unicode61 remove_diacritics 0', prefix = '1 2 3', detail = 'full', columnsize = 0
    )
    """,
    f"CREATE TRIGGER catalog_search_added AFTER INSERT ON catalog_search BEGIN {ADD} END",
    f"CREATE TRIGGER catalog_search_removed AFTER DELETE ON catalog_search BEGIN {REMOVE} END",
    f"CREATE TRIGGER catalog_search_changed AFTER UPDATE ON catalog_search BEGIN {REMOVE} {ADD} END",
)
# The words themselves, the kind among them; "=" stands in no word.
POSTGRESQL_INDEX = """
    CREATE INDEX ix_catalog_search_words ON catalog_search
    USING gin (array_to_tsvector(string_to_array('=' || kind || ' ' || body, ' ')))
"""


def upgrade() -> None:
    create_files()
    create_artists()
    create_albums()
    create_tracks()
    create_other_music()
    create_links()
    create_search()


def create_files() -> None:
    op.create_table(
        "catalog_libraries",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("path", sa.Text, nullable=False, unique=True),
        sa.Column("everyone", sa.Boolean, nullable=False),
        sa.Column("watch", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
    )
    op.create_table(
        "catalog_library_users",
        sa.Column("user_id", Id, primary_key=True),
        sa.Column("library_id", Id, sa.ForeignKey("catalog_libraries.id", ondelete="CASCADE"), primary_key=True),
    )
    op.create_table(
        "catalog_folders",
        sa.Column("id", Id, primary_key=True),
        sa.Column("library_id", Id, sa.ForeignKey("catalog_libraries.id", ondelete="CASCADE"), nullable=False),
        sa.Column("parent_id", Id, nullable=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("mtime_ns", sa.BigInteger, nullable=False),
        sa.Column("cover_name", sa.Text, nullable=True),
        sa.Column("cover_stamp", sa.Text, nullable=True),
        sa.Column("listing", sa.Text, nullable=True),
        sa.UniqueConstraint("library_id", "path"),
    )
    op.create_index("ix_catalog_folders_parent_id", "catalog_folders", ["parent_id", "name"])
    op.create_table(
        "catalog_files",
        sa.Column("id", Id, primary_key=True),
        sa.Column("library_id", Id, sa.ForeignKey("catalog_libraries.id", ondelete="CASCADE"), nullable=False),
        sa.Column("folder_id", Id, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("mtime_ns", sa.BigInteger, nullable=False),
        sa.Column("lyrics_stamp", sa.Text, nullable=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("track_id", Id, nullable=False, unique=True),
        sa.Column("missing_since", UtcTime, nullable=True),
        sa.Column("album_tags", Json, nullable=True),
        sa.Column("ignored", sa.Boolean, nullable=False),
        sa.UniqueConstraint("library_id", "path"),
    )
    op.create_index("ix_catalog_files_fingerprint", "catalog_files", ["fingerprint"])
    op.create_index("ix_catalog_files_folder_id", "catalog_files", ["folder_id"])
    op.create_table(
        "catalog_bad_files",
        sa.Column("library_id", Id, sa.ForeignKey("catalog_libraries.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("mtime_ns", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("seen_at", UtcTime, nullable=False),
    )
    op.create_table(
        "catalog_scans",
        sa.Column("id", Id, primary_key=True),
        sa.Column("library_id", Id, sa.ForeignKey("catalog_libraries.id", ondelete="CASCADE"), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("full", sa.Boolean, nullable=False),
        sa.Column("counts", Json, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("started_at", UtcTime, nullable=False),
        sa.Column("heartbeat_at", UtcTime, nullable=False),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("finished_at", UtcTime, nullable=True),
    )
    op.create_index("ix_catalog_scans_library_id", "catalog_scans", ["library_id", "started_at"])


def create_artists() -> None:
    op.create_table(
        "catalog_artists",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sort_name", SORT_KEY, nullable=False),
        sa.Column("name_key", SORT_KEY, nullable=False, unique=True),
        sa.Column("mbid", sa.Text, nullable=True),
        sa.Column("biography", sa.Text, nullable=True),
        sa.Column("cover_id", sa.Text, nullable=True),
        sa.Column("album_count", sa.Integer, nullable=False),
        sa.Column("track_count", sa.Integer, nullable=False),
        sa.Column("play_count", sa.Integer, nullable=False),
        sa.Column("last_played_at", UtcTime, nullable=True),
        sa.Column("by_hand", sa.Boolean, nullable=False),
        sa.Column("added_at", UtcTime, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
    )
    op.create_index(
        "ix_catalog_artists_by_added", "catalog_artists", ["added_at", "id", "album_count", "track_count", "by_hand"]
    )
    op.create_index("ix_catalog_artists_by_albums", "catalog_artists", ["album_count", "id", "track_count", "by_hand"])
    op.create_index(
        "ix_catalog_artists_by_name", "catalog_artists", ["sort_name", "id", "album_count", "track_count", "by_hand"]
    )
    op.create_index(
        "ix_catalog_artists_by_played", "catalog_artists", ["play_count", "id", "album_count", "track_count", "by_hand"]
    )
    op.create_index("ix_catalog_artists_by_tracks", "catalog_artists", ["track_count", "id", "album_count", "by_hand"])


def create_albums() -> None:
    op.create_table(
        "catalog_albums",
        sa.Column("id", Id, primary_key=True),
        sa.Column("library_id", Id, nullable=True),
        sa.Column("identity_key", SORT_KEY, nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("sort_title", SORT_KEY, nullable=False),
        sa.Column("artist_name", sa.Text, nullable=False),
        sa.Column("sort_artist", SORT_KEY, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("date", sa.Text, nullable=True),
        sa.Column("original_date", sa.Text, nullable=True),
        sa.Column("compilation", sa.Boolean, nullable=False),
        sa.Column("labels", Json, nullable=False),
        sa.Column("catalog_number", sa.Text, nullable=True),
        sa.Column("barcode", sa.Text, nullable=True),
        sa.Column("mbid_release", sa.Text, nullable=True),
        sa.Column("mbid_release_group", sa.Text, nullable=True),
        sa.Column("cover_id", sa.Text, nullable=True),
        sa.Column("disc_count", sa.Integer, nullable=False),
        sa.Column("track_count", sa.Integer, nullable=False),
        sa.Column("duration_ms", sa.BigInteger, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("play_count", sa.Integer, nullable=False),
        sa.Column("last_played_at", UtcTime, nullable=True),
        sa.Column("rating", sa.Float, nullable=False),
        sa.Column("by_hand", sa.Boolean, nullable=False),
        sa.Column("added_at", UtcTime, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
    )
    op.create_index(
        "ix_catalog_albums_by_added", "catalog_albums", ["added_at", "id", "library_id", "track_count", "by_hand"]
    )
    op.create_index(
        "ix_catalog_albums_by_artist",
        "catalog_albums",
        ["sort_artist", "year", "sort_title", "id", "library_id", "track_count", "by_hand"],
    )
    op.create_index(
        "ix_catalog_albums_by_played", "catalog_albums", ["play_count", "id", "library_id", "track_count", "by_hand"]
    )
    op.create_index(
        "ix_catalog_albums_by_rating", "catalog_albums", ["rating", "id", "library_id", "track_count", "by_hand"]
    )
    op.create_index(
        "ix_catalog_albums_by_title", "catalog_albums", ["sort_title", "id", "library_id", "track_count", "by_hand"]
    )
    op.create_index(
        "ix_catalog_albums_by_year",
        "catalog_albums",
        ["year", "sort_title", "id", "library_id", "track_count", "by_hand"],
    )


def create_tracks() -> None:
    op.create_table(
        "catalog_tracks",
        sa.Column("id", Id, primary_key=True),
        sa.Column("library_id", Id, nullable=True),
        sa.Column("album_id", Id, nullable=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("sort_title", SORT_KEY, nullable=False),
        sa.Column("artist_name", sa.Text, nullable=False),
        sa.Column("sort_artist", SORT_KEY, nullable=False),
        sa.Column("sort_album", SORT_KEY, nullable=False),
        sa.Column("disc_number", sa.Integer, nullable=False),
        sa.Column("disc_total", sa.Integer, nullable=True),
        sa.Column("disc_subtitle", sa.Text, nullable=True),
        sa.Column("track_number", sa.Integer, nullable=False),
        sa.Column("track_total", sa.Integer, nullable=True),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("date", sa.Text, nullable=True),
        sa.Column("original_date", sa.Text, nullable=True),
        sa.Column("duration_ms", sa.BigInteger, nullable=False),
        sa.Column("codec", sa.Text, nullable=False),
        sa.Column("mime", sa.Text, nullable=False),
        sa.Column("bit_rate_kbps", sa.Integer, nullable=False),
        sa.Column("sample_rate_hz", sa.Integer, nullable=False),
        sa.Column("bit_depth", sa.Integer, nullable=True),
        sa.Column("channels", sa.Integer, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("track_gain_db", sa.Float, nullable=True),
        sa.Column("track_peak", sa.Float, nullable=True),
        sa.Column("album_gain_db", sa.Float, nullable=True),
        sa.Column("album_peak", sa.Float, nullable=True),
        sa.Column("bpm", sa.Float, nullable=True),
        sa.Column("comment", sa.Text, nullable=True),
        sa.Column("isrcs", Json, nullable=False),
        sa.Column("mbid_recording", sa.Text, nullable=True),
        sa.Column("mbid_track", sa.Text, nullable=True),
        sa.Column("has_lyrics", sa.Boolean, nullable=False),
        sa.Column("cover_id", sa.Text, nullable=True),
        sa.Column("play_count", sa.Integer, nullable=False),
        sa.Column("last_played_at", UtcTime, nullable=True),
        sa.Column("rating", sa.Float, nullable=False),
        sa.Column("by_hand", sa.Boolean, nullable=False),
        sa.Column("present", sa.Boolean, nullable=False),
        sa.Column("added_at", UtcTime, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
    )
    op.create_index(
        "ix_catalog_tracks_album_id", "catalog_tracks", ["album_id", "disc_number", "track_number", "sort_title", "id"]
    )
    op.create_index("ix_catalog_tracks_by_added", "catalog_tracks", ["added_at", "id", "library_id", "present"])
    op.create_index(
        "ix_catalog_tracks_by_album",
        "catalog_tracks",
        ["sort_album", "disc_number", "track_number", "id", "library_id", "present"],
    )
    op.create_index(
        "ix_catalog_tracks_by_artist",
        "catalog_tracks",
        ["sort_artist", "sort_album", "disc_number", "track_number", "id", "library_id", "present"],
    )
    op.create_index("ix_catalog_tracks_by_duration", "catalog_tracks", ["duration_ms", "id", "library_id", "present"])
    op.create_index("ix_catalog_tracks_by_played", "catalog_tracks", ["play_count", "id", "library_id", "present"])
    op.create_index("ix_catalog_tracks_by_rating", "catalog_tracks", ["rating", "id", "library_id", "present"])
    op.create_index("ix_catalog_tracks_by_title", "catalog_tracks", ["sort_title", "id", "library_id", "present"])
    op.create_index(
        "ix_catalog_tracks_by_year", "catalog_tracks", ["year", "sort_title", "id", "library_id", "present"]
    )
    op.create_index("ix_catalog_tracks_cover_id", "catalog_tracks", ["cover_id"])
    op.create_index("ix_catalog_tracks_mbid_recording", "catalog_tracks", ["mbid_recording"])


def create_other_music() -> None:
    op.create_table(
        "catalog_genres",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sort_name", SORT_KEY, nullable=False),
        sa.Column("name_key", SORT_KEY, nullable=False, unique=True),
        sa.Column("album_count", sa.Integer, nullable=False),
        sa.Column("track_count", sa.Integer, nullable=False),
        sa.Column("by_hand", sa.Boolean, nullable=False),
    )
    op.create_index("ix_catalog_genres_by_name", "catalog_genres", ["sort_name", "id", "track_count", "by_hand"])
    op.create_index("ix_catalog_genres_by_tracks", "catalog_genres", ["track_count", "id", "by_hand"])
    op.create_table(
        "catalog_covers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("library_id", Id, nullable=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("embedded", sa.Boolean, nullable=False),
        sa.Column("described", sa.Boolean, nullable=False),
        sa.Column("mime", sa.Text, nullable=True),
        sa.Column("width", sa.Integer, nullable=True),
        sa.Column("height", sa.Integer, nullable=True),
        sa.Column("blurhash", sa.Text, nullable=True),
        sa.Column("palette", Json, nullable=True),
    )
    op.create_index("ix_catalog_covers_described", "catalog_covers", ["described"])
    op.create_table(
        "catalog_cover_renditions",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("used_at", UtcTime, nullable=False),
    )
    op.create_index("ix_catalog_cover_renditions_used_at", "catalog_cover_renditions", ["used_at", "key", "size_bytes"])
    op.create_table(
        "catalog_lyrics",
        sa.Column("track_id", Id, sa.ForeignKey("catalog_tracks.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("plain", sa.Text, nullable=True),
        sa.Column("synced", Json, nullable=True),
    )
    op.create_table(
        "catalog_overrides",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("entity_id", Id, primary_key=True),
        sa.Column("field", sa.String(64), primary_key=True),
        sa.Column("value", Json, nullable=True),
        sa.Column("scanned", Json, nullable=True),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("set_at", UtcTime, nullable=False),
    )


def create_links() -> None:
    op.create_table(
        "catalog_credits",
        sa.Column("track_id", Id, sa.ForeignKey("catalog_tracks.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("role", sa.String(24), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("artist_id", Id, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=True),
        sa.Column("sort_name", sa.Text, nullable=True),
        sa.Column("mbid", sa.Text, nullable=True),
    )
    op.create_index("ix_catalog_credits_artist_id", "catalog_credits", ["artist_id", "role", "track_id"])
    op.create_table(
        "catalog_album_artists",
        sa.Column("album_id", Id, sa.ForeignKey("catalog_albums.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("artist_id", Id, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sort_name", sa.Text, nullable=True),
        sa.Column("mbid", sa.Text, nullable=True),
    )
    op.create_index("ix_catalog_album_artists_artist_id", "catalog_album_artists", ["artist_id", "album_id"])
    op.create_table(
        "catalog_artist_aliases",
        sa.Column("name_key", SORT_KEY, primary_key=True),
        sa.Column("artist_id", Id, nullable=False),
    )
    op.create_index("ix_catalog_artist_aliases_artist_id", "catalog_artist_aliases", ["artist_id"])
    op.create_table(
        "catalog_album_aliases",
        sa.Column("identity_key", SORT_KEY, primary_key=True),
        sa.Column("album_id", Id, nullable=False),
    )
    op.create_index("ix_catalog_album_aliases_album_id", "catalog_album_aliases", ["album_id"])
    op.create_table(
        "catalog_artist_libraries",
        sa.Column("artist_id", Id, primary_key=True),
        sa.Column("library_id", Id, primary_key=True),
        sa.Column("track_count", sa.Integer, nullable=False),
    )
    op.create_index("ix_catalog_artist_libraries_library_id", "catalog_artist_libraries", ["library_id", "artist_id"])
    op.create_table(
        "catalog_track_genres",
        sa.Column("track_id", Id, sa.ForeignKey("catalog_tracks.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("genre_id", Id, primary_key=True),
    )
    op.create_index("ix_catalog_track_genres_genre_id", "catalog_track_genres", ["genre_id", "track_id"])
    op.create_table(
        "catalog_album_genres",
        sa.Column("album_id", Id, sa.ForeignKey("catalog_albums.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("genre_id", Id, primary_key=True),
    )
    op.create_index("ix_catalog_album_genres_genre_id", "catalog_album_genres", ["genre_id", "album_id"])


def create_search() -> None:
    op.create_table(
        "catalog_search",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("entity_id", Id, nullable=False, unique=True),
        sa.Column("body", sa.Text, nullable=False),
    )
    if op.get_context().dialect.name == "sqlite":
        for statement in SQLITE_INDEX:
            op.execute(statement)
    else:
        op.execute(POSTGRESQL_INDEX)
