"""Covers given by hand to albums and artists: overrides like any other, which scans leave alone."""

from tutti.kit.auth import Identity
from tutti.kit.storage import Storage
from tutti.services.catalog.api import CoverTooLarge, NotAnImage
from tutti.services.catalog.repository.covers import Uploaded
from tutti.services.catalog.repository.overrides import Kind
from tutti.services.catalog.service.covers.settings import CoverSettings
from tutti.services.catalog.service.covers.vetted import Vetted
from tutti.services.catalog.service.covers.vetting import vet_image
from tutti.services.catalog.service.editing import EditingService
from tutti.services.catalog.service.reading.cover_images import UnreadableCover

PREFIX = "cover-uploads"


class CoverUploads:
    """Sets covers by hand."""

    def __init__(self, storage: Storage, editing: EditingService, settings: CoverSettings) -> None:
        self._storage = storage
        self._editing = editing
        self._settings = settings

    async def set_cover(self, identity: Identity, kind: Kind, entity_id: str, content: bytes) -> None:
        """Give an album or an artist this cover.

        Raises:
            NotFound: there is no such album or artist.
            CoverTooLarge: the image has too many bytes.
            NotAnImage: it cannot be shown.
        """
        uploaded = await self._store(content)
        await self._editing.override(identity, kind, entity_id, {"cover_id": uploaded.id}, uploaded)

    async def set_track_cover(self, identity: Identity, track_id: str, content: bytes) -> None:
        """Give an uploaded track this cover, as an admin or its uploader; and its album, if all of it is theirs.

        Raises:
            TrackNotFound: there is none, or not for this user.
            NotYourTrack: somebody else uploaded it, or nobody did.
            CoverTooLarge: the image has too many bytes.
            NotAnImage: it cannot be shown.
        """
        await self._editing.require_right(identity, track_id)
        uploaded = await self._store(content)
        await self._of_track(identity, track_id, uploaded.id, uploaded)

    async def clear_track_cover(self, identity: Identity, track_id: str) -> None:
        """Go back to the cover that the file gives, or none.

        Raises:
            TrackNotFound: there is none, or not for this user.
            NotYourTrack: somebody else uploaded it, or nobody did.
        """
        await self._editing.require_right(identity, track_id)
        await self._of_track(identity, track_id, None, None)

    async def clear_cover(self, identity: Identity, kind: Kind, entity_id: str) -> None:
        """Go back to the cover that the files give.

        Raises:
            NotFound: there is no such album or artist.
        """
        await self._editing.override(identity, kind, entity_id, {"cover_id": None})

    async def _of_track(
        self, identity: Identity, track_id: str, cover_id: str | None, uploaded: Uploaded | None
    ) -> None:
        wanted = {"cover_id": cover_id}
        await self._editing.override(identity, "track", track_id, wanted, uploaded)
        album_id = await self._editing.find_own_album(track_id)
        if album_id is not None:
            await self._editing.override(identity, "album", album_id, wanted)

    async def _store(self, content: bytes) -> Uploaded:
        if len(content) > self._settings.upload_bytes:
            limit = self._settings.upload_bytes
            raise CoverTooLarge(f"An image may have {limit // 1024**2} MiB.", limit_bytes=limit)
        try:
            vetted = await vet_image(content, self._settings)
        except UnreadableCover as error:
            raise NotAnImage(f"This is not an image that can be shown: {error.reason}.") from error
        await self._storage.put(upload_key(vetted.id), vetted.plain)  # before the row that points at it
        return as_uploaded(vetted)


def upload_key(cover_id: str) -> str:
    """Return where in storage an uploaded image lies."""
    return f"{PREFIX}/{cover_id[:2]}/{cover_id}.webp"


def as_uploaded(vetted: Vetted) -> Uploaded:
    """Return the row of an uploaded image."""
    info = vetted.info
    return Uploaded(
        id=vetted.id,
        key=upload_key(vetted.id),
        mime=info.mime,
        width=info.width,
        height=info.height,
        blurhash=info.blurhash,
        palette=info.palette.colors,
    )
