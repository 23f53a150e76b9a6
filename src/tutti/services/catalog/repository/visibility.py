"""Who may see what: a library is for everyone, or for some users; admins see all, and all see what was made by hand."""

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.sql import ColumnElement

from tutti.services.catalog.api import Viewer
from tutti.services.catalog.repository.constructs import given, id_list
from tutti.services.catalog.tables import artist_libraries, artists, libraries, library_users


class Sight(msgspec.Struct, frozen=True):
    """What a viewer sees; ``library_ids`` is None where that is everything."""

    library_ids: tuple[str, ...] | None

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of `in_sight` and `artist_in_sight`."""
        return {} if self.library_ids is None else {"in_sight": id_list(self.library_ids)}


EVERYTHING = Sight(None)

_LIBRARIES = sa.select(
    libraries.c.id,
    sa.or_(
        libraries.c.everyone,
        sa.exists().where(
            library_users.c.library_id == libraries.c.id, library_users.c.user_id == sa.bindparam("user_id")
        ),
    ),
)


def find_sight(db: Connection, viewer: Viewer) -> Sight:
    """Return what ``viewer`` sees; one statement, none for an admin."""
    if viewer.is_admin:
        return EVERYTHING
    rows = db.execute(_LIBRARIES, {"user_id": viewer.user_id}).all()
    if all(seen for _, seen in rows):
        return EVERYTHING
    return Sight(tuple(id_ for id_, seen in rows if seen))


def in_sight(library_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Condition of a `Sight` that is not everything, for a table with a ``library_id``."""
    return sa.or_(library_id.is_(None), given(library_id, "in_sight"))


def artist_in_sight(artist_id: ColumnElement[str] = artists.c.id) -> ColumnElement[bool]:
    """Condition of a `Sight` that is not everything, for artists: where they have tracks, or made by hand."""
    there = sa.exists().where(
        artist_libraries.c.artist_id == artist_id, given(artist_libraries.c.library_id, "in_sight")
    )
    return sa.or_(there, artists.c.by_hand)
