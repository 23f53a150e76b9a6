"""Identifiers: UUIDv7 (RFC 9562 §5.7), so that ids sort by the time they were made."""

from uuid_utils import uuid7


def new_id() -> str:
    """Return a new UUIDv7 in its 36-character text form."""
    return str(uuid7())
