"""Alembic, run from inside the process over a connection we already have."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

_PACKAGED = Path(__file__).parents[2] / "migrations"  # in a wheel
_CHECKOUT = Path(__file__).parents[4] / "migrations"  # in a clone


def migrations_folder() -> Path:
    """Folder of the Alembic environment."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def upgrade(db: Connection) -> None:
    """Bring the schema behind ``db`` to the newest revision."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = db
    command.upgrade(config, "head")
