"""Who may see what: a library is for everyone, or for some users; admins see all, and all see what was made by hand."""

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.sql import ColumnElement

from tutti.services.catalog.api import Viewer
from tutti.services.catalog.tables import (
    READY,
    album_artists,
    albums,
    artist_libraries,
    artists,
    credits_,
    libraries,
    library_users,
    tracks,
)


class Sight(msgspec.Struct, frozen=True):
    """What a viewer sees; ``viewer_id`` is None where that is everything."""

    viewer_id: str | None

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of `in_sight` and `artist_in_sight`."""
        return {} if self.viewer_id is None else {"in_sight": self.viewer_id}


class KnownSight(Sight, frozen=True):
    """A `Sight` that was looked up: where no library is hidden, it is everything, and statements are simpler."""

    library_ids: tuple[str, ...] | None


EVERYTHING = KnownSight(None, None)

_let_in = sa.exists().where(
    library_users.c.library_id == libraries.c.id,
    library_users.c.user_id == sa.bindparam("in_sight", type_=library_users.c.user_id.type),
)
# Refers to nothing outside, so that it runs once per statement and not once per row.
_SEEN = sa.select(libraries.c.id).where(sa.or_(libraries.c.everyone, _let_in))
_LIBRARIES = sa.select(libraries.c.id, sa.or_(libraries.c.everyone, _let_in))


def sight_of(viewer: Viewer) -> Sight:
    """Return what ``viewer`` sees, without a look at the libraries: the statement itself will."""
    return EVERYTHING if viewer.is_admin else Sight(viewer.user_id)


def find_sight(db: Connection, viewer: Viewer) -> KnownSight:
    """Return what ``viewer`` sees; one statement, none for an admin."""
    if viewer.is_admin:
        return EVERYTHING
    rows = db.execute(_LIBRARIES, {"in_sight": viewer.user_id}).all()
    if all(seen for _, seen in rows):
        return EVERYTHING
    return KnownSight(viewer.user_id, tuple(id_ for id_, seen in rows if seen))


def in_sight(library_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Condition of a `Sight` that is not everything, for a table with a ``library_id``."""
    return sa.or_(library_id.is_(None), library_id.in_(_SEEN))


def artist_in_sight(artist_id: ColumnElement[str] = artists.c.id) -> ColumnElement[bool]:
    """Condition of a `Sight` that is not everything, for artists: where they have tracks, or made by hand."""
    there = sa.exists().where(artist_libraries.c.artist_id == artist_id, artist_libraries.c.library_id.in_(_SEEN))
    return sa.or_(there, artists.c.by_hand)


# An upload that is not ready is its uploader's alone (and the admins', to whom no condition applies).
_own = tracks.c.uploader_id == sa.bindparam("in_sight", type_=tracks.c.uploader_id.type)
_announced = sa.or_(tracks.c.state == READY, _own)


def track_in_sight() -> ColumnElement[bool]:
    """Condition of a `Sight` that is not everything, for one track by its id: what one uploaded oneself, one sees."""
    return sa.or_(_own, sa.and_(tracks.c.state == READY, in_sight(tracks.c.library_id)))


def track_announced() -> ColumnElement[bool]:
    """The same within an album that is in sight."""
    return _announced


def album_announced() -> ColumnElement[bool]:
    """Condition for one album by its id: more hangs on it than uploads of others that are not ready."""
    there = sa.exists().where(tracks.c.album_id == albums.c.id, _announced)
    return sa.or_(albums.c.by_hand, albums.c.track_count > 0, there)


def artist_announced() -> ColumnElement[bool]:
    """Condition for one artist by the id, likewise."""
    credited = sa.exists().where(credits_.c.artist_id == artists.c.id, tracks.c.id == credits_.c.track_id, _announced)
    leading = sa.exists().where(
        album_artists.c.artist_id == artists.c.id, tracks.c.album_id == album_artists.c.album_id, _announced
    )
    return sa.or_(artists.c.by_hand, artists.c.album_count > 0, artists.c.track_count > 0, credited, leading)
