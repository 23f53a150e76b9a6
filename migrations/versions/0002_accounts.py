"""People, sessions, keys and invitations."""

import sqlalchemy as sa
from alembic import op

from tutti.kit.db import Id, Json, UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts_users",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=True),
        sa.Column("email_key", sa.Text, nullable=True),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("bio", sa.Text, nullable=True),
        sa.Column("avatar_id", sa.Text, nullable=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("preferences", Json, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.UniqueConstraint("name_key", name="uq_accounts_users_name_key"),
        sa.UniqueConstraint("email_key", name="uq_accounts_users_email_key"),
    )
    op.create_table(
        "accounts_sessions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("user_id", Id, sa.ForeignKey("accounts_users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("last_seen_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.Column("revoked_at", UtcTime, nullable=True),
    )
    op.create_index("ix_accounts_sessions_user_id", "accounts_sessions", ["user_id"])
    op.create_index("ix_accounts_sessions_revoked_at", "accounts_sessions", ["revoked_at"])
    op.create_index("ix_accounts_sessions_expires_at", "accounts_sessions", ["expires_at"])
    op.create_table(
        "accounts_refresh_tokens",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("session_id", Id, sa.ForeignKey("accounts_sessions.id", ondelete="CASCADE"), nullable=False),
        sa.Column("used_at", UtcTime, nullable=True),
    )
    op.create_index("ix_accounts_refresh_tokens_session_id", "accounts_refresh_tokens", ["session_id"])
    op.create_table(
        "accounts_api_keys",
        sa.Column("id", Id, primary_key=True),
        sa.Column("user_id", Id, sa.ForeignKey("accounts_users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=True),
        sa.Column("last_used_at", UtcTime, nullable=True),
        sa.UniqueConstraint("hash", name="uq_accounts_api_keys_hash"),
    )
    op.create_index("ix_accounts_api_keys_user_id", "accounts_api_keys", ["user_id"])
    op.create_table(
        "accounts_invites",
        sa.Column("id", Id, primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("uses_left", sa.Integer, nullable=False),
        sa.Column("created_by", Id, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("expires_at", UtcTime, nullable=False),
        sa.UniqueConstraint("hash", name="uq_accounts_invites_hash"),
    )
