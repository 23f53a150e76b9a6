"""The one place that reads the wall clock, so that tests can set it."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present time, UTC with zone."""
    return datetime.now(UTC)
