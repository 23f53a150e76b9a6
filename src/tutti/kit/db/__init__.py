"""The database: one transaction helper over SQLite and PostgreSQL.

A repository is plain functions over a SQLAlchemy `Connection`: ``def find_album(db: Connection, id: str)``. This
package decides where they run. On SQLite that is a thread beside the event loop, one hop for the whole function: a
single writer, so that "database is locked" cannot happen inside the process, and a pool of readers on WAL snapshots.
On PostgreSQL it is a greenlet over asyncpg. See docs/decisions/0002-database-access.md.
"""

from tutti.kit.db.clock import database_time
from tutti.kit.db.database import Database, Transaction, in_transaction, open_database
from tutti.kit.db.exclusive import Busy, Hold, HoldLost
from tutti.kit.db.outages import DatabaseAway, DatabaseBusy
from tutti.kit.db.settings import SILENCE_S, DatabaseSettings
from tutti.kit.db.types import Id, Json, UtcTime, metadata

__all__ = [
    "SILENCE_S",
    "Busy",
    "Database",
    "DatabaseAway",
    "DatabaseBusy",
    "DatabaseSettings",
    "Hold",
    "HoldLost",
    "Id",
    "Json",
    "Transaction",
    "UtcTime",
    "database_time",
    "in_transaction",
    "metadata",
    "open_database",
]
