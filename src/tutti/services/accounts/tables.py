"""People, their sessions, keys and invitations. Secrets are stored as hashes only."""

import sqlalchemy as sa

from tutti.kit.db import Id, Json, UtcTime, metadata

users = sa.Table(
    "accounts_users",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_key", sa.Text, nullable=False, unique=True),  # folded: two spellings are one name
    sa.Column("email", sa.Text, nullable=True),
    sa.Column("email_key", sa.Text, nullable=True, unique=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("bio", sa.Text, nullable=True),
    sa.Column("avatar_id", sa.Text, nullable=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("preferences", Json, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

sessions = sa.Table(
    "accounts_sessions",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("accounts_users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("last_seen_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("revoked_at", UtcTime, nullable=True),
    sa.Index("ix_accounts_sessions_user_id", "user_id"),
    sa.Index("ix_accounts_sessions_revoked_at", "revoked_at"),
    sa.Index("ix_accounts_sessions_expires_at", "expires_at"),
)

refresh_tokens = sa.Table(
    "accounts_refresh_tokens",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("session_id", Id, sa.ForeignKey("accounts_sessions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("used_at", UtcTime, nullable=True),
    sa.Index("ix_accounts_refresh_tokens_session_id", "session_id"),
)

api_keys = sa.Table(
    "accounts_api_keys",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("user_id", Id, sa.ForeignKey("accounts_users.id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=True),
    sa.Column("last_used_at", UtcTime, nullable=True),
    sa.Index("ix_accounts_api_keys_user_id", "user_id"),
)

invites = sa.Table(
    "accounts_invites",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("uses_left", sa.Integer, nullable=False),
    sa.Column("created_by", Id, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
)

ended = sa.Table(
    "accounts_ended",
    metadata,
    # Sessions and API keys whose own rows are gone: processes that check proofs themselves still have to hear of it.
    sa.Column("id", Id, primary_key=True),
    sa.Column("ended_at", UtcTime, nullable=False),
    sa.Index("ix_accounts_ended_ended_at", "ended_at"),
)
