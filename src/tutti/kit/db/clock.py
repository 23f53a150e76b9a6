"""The clock that all processes of an installation agree on, however their own differ: that of their database."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.clock import now
from tutti.kit.db.types import UtcTime


def database_time(db: Connection) -> datetime:
    """Return the present time of the database's machine, which for SQLite is this one."""
    if db.dialect.name == "sqlite":
        return now()
    return db.execute(sa.select(sa.func.clock_timestamp(type_=UtcTime()))).scalar_one()
