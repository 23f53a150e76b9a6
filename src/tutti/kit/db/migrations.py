"""Alembic, run from inside the process over a connection we already have."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from tutti.kit.errors import Conflict

_PACKAGED = Path(__file__).parents[2] / "migrations"  # in a wheel
_CHECKOUT = Path(__file__).parents[4] / "migrations"  # in a clone


class NewerDatabase(Conflict):
    """The database was migrated by a newer version of this program."""


def migrations_folder() -> Path:
    """Folder of the Alembic environment."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def upgrade(db: Connection) -> None:
    """Bring the schema behind ``db`` to the newest revision.

    Raises:
        NewerDatabase: it is of a revision that this program does not have.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = db
    _refuse_newer(db, config)
    command.upgrade(config, "head")


def _refuse_newer(db: Connection, config: Config) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    unknown = sorted(set(MigrationContext.configure(db).get_current_heads()) - known)
    if unknown:
        raise NewerDatabase(
            f"The database is at revision {', '.join(unknown)}, which a newer version of Tutti has made. "
            "Start that version, or restore a backup from before the update."
        )
