"""Changes by hand: overrides that survive scans, things without a file, deletions, merges; one transaction each."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tutti.kit.auth import Identity
from tutti.kit.clock import now
from tutti.kit.db import Database, Transaction
from tutti.kit.errors import NotFound
from tutti.services.catalog.api import (
    AlbumNotFound,
    AlbumOfFile,
    AlbumsMerged,
    ArtistNotFound,
    ArtistsMerged,
    CannotMerge,
    GenreNotFound,
    LibraryChanged,
    NameTaken,
    NotYourTrack,
    TrackAdded,
    TrackChanged,
    TrackDeleted,
    TrackNotFound,
    Viewer,
)
from tutti.services.catalog.api.patches import NewAlbum, NewArtist, NewGenre, NewTrack, TrackPatch, changes
from tutti.services.catalog.repository import creating, detail, editing, merging, removing, uploads
from tutti.services.catalog.repository.covers import Uploaded, insert_uploaded
from tutti.services.catalog.repository.creating import Made
from tutti.services.catalog.repository.overrides import Kind
from tutti.services.catalog.service.edits import named, plan_edit, with_followers
from tutti.services.catalog.service.keys import sort_key
from tutti.services.catalog.service.uploads.correcting import OF_ALBUM, correct
from tutti.services.catalog.tables import READY

_NOT_FOUND: dict[Kind, type[NotFound]] = {
    "artist": ArtistNotFound,
    "album": AlbumNotFound,
    "track": TrackNotFound,
    "genre": GenreNotFound,
}


class EditingService:
    """Carries out what is changed by hand: by admins, and by uploaders on tracks of their own."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def edit(self, identity: Identity, kind: Kind, entity_id: str, patch: msgspec.Struct) -> None:
        """Keep the fields that ``patch`` names as overrides, and take back those that it nulls.

        Raises:
            NotFound: there is no such artist, album, track or genre.
        """
        await self.override(identity, kind, entity_id, with_followers(changes(patch)))

    async def override(
        self, identity: Identity, kind: Kind, entity_id: str, wanted: dict[str, Any], cover: Uploaded | None = None
    ) -> None:
        """Set columns or links by hand, or take them back where the value is None; ``cover`` is made known with it.

        Raises:
            NotFound: there is no such artist, album, track or genre.
        """
        async with self._db.transaction() as tx:
            state = await tx.run(editing.read_state, kind, entity_id, list(wanted))
            if state is None:
                raise _missing(kind, entity_id)
            if cover is not None:
                await tx.run(insert_uploaded, cover)
            edit = plan_edit(state, wanted, identity.user_id, now())
            if not edit.kept and not edit.taken_back:
                return
            touched = await tx.run(editing.apply_edit, kind, entity_id, edit)
            told = touched.track_ids if kind in ("album", "track") else ()
            reached = await tx.run(editing.find_reached, kind, entity_id, told)
            tx.publish(*(TrackChanged(track_id=id_, library_id=library) for id_, library in reached.tracks.items()))
            _tell_libraries(tx, reached.library_ids)

    async def edit_track(self, identity: Identity, track_id: str, patch: TrackPatch) -> None:
        """Edit a track as an admin, or as who uploaded it; what it says of its album moves an upload to that one.

        Raises:
            TrackNotFound: there is none, or not for this user.
            NotYourTrack: somebody else uploaded it, or nobody did.
            AlbumOfFile: nobody uploaded it, so that its file says on which album it is.
        """
        await self.require_right(identity, track_id)
        async with self._db.transaction() as tx:
            row = await tx.run(uploads.find_upload, track_id)
            if row is not None and row.uploader_id is not None:
                uploader_id, user_id = row.uploader_id, identity.user_id
                await correct(tx, track_id, patch, uploader_id=uploader_id, user_id=user_id, at=now())
                if row.state == READY:  # nobody was told of another yet
                    tx.publish(TrackChanged(track_id=track_id, library_id=row.library_id))
                    _tell_libraries(tx, [row.library_id])
                return
        if changes(patch).keys() & {*OF_ALBUM}:
            raise AlbumOfFile("This track is on the album that its file says: change the album, or merge it.")
        await self.edit(identity, "track", track_id, patch)

    async def delete_track(self, identity: Identity, track_id: str) -> None:
        """Delete a track as an admin, or as who uploaded it; of an upload, media then deletes the original.

        Raises:
            TrackNotFound: there is none, or not for this user.
            NotYourTrack: somebody else uploaded it, or nobody did.
        """
        await self.require_right(identity, track_id)
        if await self._db.read(uploads.find_uploader, track_id) is None:
            await self.delete("track", track_id)
            return
        async with self._db.transaction() as tx:
            await _require(tx, "track", [track_id])
            reached = await tx.run(uploads.remove_upload, track_id, sort_key, now())
            tx.publish(TrackDeleted(track_id=track_id))
            _tell_libraries(tx, reached.library_ids)

    async def require_right(self, identity: Identity, track_id: str) -> None:
        """Let through admins, and who uploaded the track.

        Raises:
            TrackNotFound: there is none, or not for this user.
            NotYourTrack: somebody else uploaded it, or nobody did.
        """
        asking = Viewer(identity.user_id, identity.is_admin)
        found = await self._db.read(detail.find_tracks, [track_id], asking)
        if not found:
            raise _missing("track", track_id)
        if not identity.is_admin and found[0].uploader_id != identity.user_id:
            raise NotYourTrack("Only an admin, or whoever uploaded this track, may change it.", id=track_id)

    async def find_own_album(self, track_id: str) -> str | None:
        """Return the album of an uploaded track, if all that is on it was uploaded by the same user."""
        return await self._db.read(uploads.find_own_album, track_id)

    async def create_artist(self, new: NewArtist) -> str:
        """Make an artist and return the id.

        Raises:
            NameTaken: there is one of this name.
        """
        columns = {"mbid": new.mbid, "biography": new.biography}
        if new.sort_name is not None:
            columns["sort_name"] = sort_key(new.sort_name, articles=())
        async with self._db.transaction() as tx:
            await _require_free(tx, "artist", new.name)
            return await tx.run(creating.insert_artist, named(new.name), columns, now())

    async def create_genre(self, new: NewGenre) -> str:
        """Make a genre and return the id.

        Raises:
            NameTaken: there is one of this name.
        """
        async with self._db.transaction() as tx:
            await _require_free(tx, "genre", new.name)
            return await tx.run(creating.insert_genre, named(new.name))

    async def create_album(self, new: NewAlbum) -> str:
        """Make an album and return the id."""
        columns = {"year": new.year, "date": new.date, "compilation": new.compilation}
        made = _made({**columns, "title": new.title}, new.artists, new.genres, now())
        return await self._db.write(creating.insert_album, made)

    async def create_track(self, new: NewTrack) -> str:
        """Make a track on an album and return the id.

        Raises:
            AlbumNotFound: there is no such album.
        """
        album_id = str(new.album_id)
        columns = {
            "title": new.title,
            "disc_number": new.disc_number,
            "track_number": new.track_number,
            "duration_ms": new.duration_ms,
        }
        async with self._db.transaction() as tx:
            state = await tx.run(editing.read_state, "album", album_id, ["artists", "year"])
            if state is None:
                raise _missing("album", album_id)
            columns["year"] = state.fields["year"]
            made = _made(columns, new.artists or state.fields["artists"], new.genres, now())
            track_id, library_id = await tx.run(creating.insert_track, album_id, made)
            tx.publish(TrackAdded(track_id=track_id, library_id=library_id))
            _tell_libraries(tx, [library_id] if library_id else [])
            return track_id

    async def delete(self, kind: Kind, entity_id: str) -> None:
        """Delete an artist, album, track or genre; files stay on disk and are ignored from then on.

        Raises:
            NotFound: there is no such artist, album, track or genre.
        """
        async with self._db.transaction() as tx:
            await _require(tx, kind, [entity_id])
            reached = await tx.run(removing.REMOVE[kind], entity_id)
            tx.publish(*(TrackDeleted(track_id=id_) for id_ in reached.tracks))
            _tell_libraries(tx, reached.library_ids)

    async def merge_artists(self, into_id: str, from_ids: Sequence[str]) -> None:
        """Make artists one with ``into_id``; their names mean it from then on.

        Raises:
            ArtistNotFound: one of them is not there.
            CannotMerge: one is named twice.
        """
        async with self._db.transaction() as tx:
            await _require_distinct(tx, "artist", into_id, from_ids)
            for from_id in from_ids:
                await tx.run(merging.merge_artist, from_id, into_id)
                tx.publish(ArtistsMerged(from_id=from_id, into_id=into_id))
            reached = await tx.run(editing.find_reached, "artist", into_id, ())
            _tell_libraries(tx, reached.library_ids)

    async def merge_albums(self, into_id: str, from_ids: Sequence[str]) -> None:
        """Move the tracks of albums to ``into_id``; files of theirs that come later belong to it too.

        Raises:
            AlbumNotFound: one of them is not there.
            CannotMerge: one is named twice, or they lie in different libraries.
        """
        async with self._db.transaction() as tx:
            await _require_distinct(tx, "album", into_id, from_ids)
            libraries = await tx.run(merging.find_album_libraries, [into_id, *from_ids])
            if len(libraries) > 1:
                raise CannotMerge("These albums lie in different libraries.", library_ids=sorted(libraries))
            for from_id in from_ids:
                await tx.run(merging.merge_album, from_id, into_id)
                tx.publish(AlbumsMerged(from_id=from_id, into_id=into_id))
            touched = await tx.run(editing.find_touched, "album", into_id)
            reached = await tx.run(editing.find_reached, "album", into_id, touched.track_ids)
            tx.publish(*(TrackChanged(track_id=id_, library_id=library) for id_, library in reached.tracks.items()))
            _tell_libraries(tx, reached.library_ids)


def _missing(kind: Kind, entity_id: str) -> NotFound:
    return _NOT_FOUND[kind](f"There is no such {kind}.", id=entity_id)


async def _require(tx: Transaction, kind: Kind, ids: Sequence[str]) -> None:
    for entity_id in ids:
        if await tx.run(editing.read_state, kind, entity_id, []) is None:
            raise _missing(kind, entity_id)


async def _require_distinct(tx: Transaction, kind: Kind, into_id: str, from_ids: Sequence[str]) -> None:
    if len({into_id, *from_ids}) <= len(from_ids):
        raise CannotMerge(f"An {kind} cannot be merged with itself.")
    await _require(tx, kind, [into_id, *from_ids])


async def _require_free(tx: Transaction, kind: Kind, name: str) -> None:
    taken = await tx.run(creating.find_by_name, kind, named(name).name_key)
    if taken is not None:
        raise NameTaken(f"There is one called {name!r} already.", id=taken)


def _made(columns: dict[str, Any], artists: Sequence[str], genres: Sequence[str], at: datetime) -> Made:
    fields = with_followers({"title": columns["title"], "artists": list(artists)})
    del fields["artists"]
    return Made(
        columns={**columns, **fields},
        artists=[named(name) for name in artists],
        genres=[named(name) for name in genres],
        at=at,
    )


def _tell_libraries(tx: Transaction, library_ids: Iterable[str]) -> None:
    tx.publish(*(LibraryChanged(library_id=id_) for id_ in sorted(library_ids)))
