"""Alembic, run from inside the process over a connection we already have; and which code may run on which schema.

A revision that only adds (expands) leaves older code running: copies of the old version go on while the new ones
start. One that takes something away (contracts) says which code no longer needs it: ``CONTRACTS = "0007"``, the newest
revision that such code knows. The database remembers the highest of these as its floor, so that an older program,
which has never seen those revisions, can tell whether it may run on them.
"""

from io import StringIO
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import ClauseElement, Connection
from sqlalchemy.schema import CreateTable

from tutti.kit.errors import Conflict

_PACKAGED = Path(__file__).parents[2] / "migrations"  # in a wheel
_CHECKOUT = Path(__file__).parents[4] / "migrations"  # in a clone
FLOOR_TABLE = "schema_floor"
"""Alembic's ``alembic_version`` has no room for it; like that one it is no part of the metadata."""
_NO_FLOOR = ""
_floor = sa.Table(FLOOR_TABLE, sa.MetaData(), sa.Column("revision", sa.String(32), primary_key=True))


class NewerDatabase(Conflict):
    """The database was migrated by a newer version of this program, in a way that this one cannot run on."""


class SchemaBehind(Conflict):
    """The database's schema is older than this program."""


def migrations_folder() -> Path:
    """Folder of the Alembic environment."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def upgrade(db: Connection) -> None:
    """Bring the schema behind ``db`` to the newest revision; a newer one that still suits this code is left alone.

    Raises:
        NewerDatabase: it is of a revision that this program does not have, and cannot run on.
    """
    config = _config()
    config.attributes["connection"] = db
    script = ScriptDirectory.from_config(config)
    if _is_newer(db, script):
        return
    command.upgrade(config, "head")
    _write_floor(db, script)


def upgrade_sql(db: Connection) -> str:
    """Return what `upgrade` would do to ``db``, as one transaction for an administrator to run; nothing is changed.

    Empty where nothing is to be done. For PostgreSQL: SQLite changes some tables by copying what it finds in them.

    Raises:
        NewerDatabase: see `upgrade`.
    """
    written = StringIO()
    config = _config(written)
    config.attributes["dialect"] = db.dialect.name
    script = ScriptDirectory.from_config(config)
    present = _revisions(db)
    if _is_newer(db, script) or present == set(script.get_heads()):
        return ""
    command.upgrade(config, f"{next(iter(present), 'base')}:head", sql=True)
    make = CreateTable(_floor, if_not_exists=True)
    for statement in (make, sa.delete(_floor), sa.insert(_floor).values(revision=_highest_floor(script))):
        written.write(f"{_literal(statement, db)};\n\n")
    return f"BEGIN;\n\n{written.getvalue()}COMMIT;\n"


def check(db: Connection) -> None:
    """Return if this program may run on the schema behind ``db``; nothing is changed.

    Raises:
        SchemaBehind: it has to be migrated first.
        NewerDatabase: see `upgrade`.
    """
    script = ScriptDirectory(str(migrations_folder()))
    if not _is_newer(db, script) and _revisions(db) != set(script.get_heads()):
        present = ", ".join(sorted(_revisions(db)))
        raise SchemaBehind(
            f"The database is {f'at revision {present}' if present else 'empty'}, and this version of Tutti needs "
            f"{', '.join(script.get_heads())}. Run `tutti migrate` once, with the same settings."
        )


def _config(output: StringIO | None = None) -> Config:
    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(migrations_folder()))
    return config


def _is_newer(db: Connection, script: ScriptDirectory) -> bool:
    """Whether the schema has revisions that this program does not know, and may run on all the same."""
    known = {each.revision for each in script.walk_revisions()}
    unknown = sorted(_revisions(db) - known)
    if unknown and max(script.get_heads()) < _read_floor(db):
        raise NewerDatabase(
            f"The database is at revision {', '.join(unknown)}, which a newer version of Tutti has made. "
            "Start that version, or restore a backup from before the update."
        )
    return bool(unknown)


def _revisions(db: Connection) -> set[str]:
    return set(MigrationContext.configure(db).get_current_heads())


def _read_floor(db: Connection) -> str:
    """Return the oldest revision whose code may run; a database that does not say takes nobody."""
    if not sa.inspect(db).has_table(FLOOR_TABLE):
        return "~"  # sorts behind every revision
    return db.scalar(sa.select(sa.func.max(_floor.c.revision))) or _NO_FLOOR


def _highest_floor(script: ScriptDirectory) -> str:
    return max((getattr(each.module, "CONTRACTS", _NO_FLOOR) for each in script.walk_revisions()), default=_NO_FLOOR)


def _literal(statement: ClauseElement, db: Connection) -> str:
    return str(statement.compile(dialect=db.dialect, compile_kwargs={"literal_binds": True})).strip()


def _write_floor(db: Connection, script: ScriptDirectory) -> None:
    _floor.create(db, checkfirst=True)
    floor = _highest_floor(script)
    if db.execute(sa.select(_floor.c.revision)).scalars().all() != [floor]:
        db.execute(sa.delete(_floor))
        db.execute(sa.insert(_floor).values(revision=floor))
