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
        if len(content) > self._settings.upload_bytes:
            limit = self._settings.upload_bytes
            raise CoverTooLarge(f"An image may have {limit // 1024**2} MiB.", limit_bytes=limit)
        try:
            vetted = await vet_image(content, self._settings)
        except UnreadableCover as error:
            raise NotAnImage(f"This is not an image that can be shown: {error.reason}.") from error
        await self._storage.put(upload_key(vetted.id), vetted.plain)  # before the row that points at it
        uploaded = as_uploaded(vetted)
        await self._editing.override(identity, kind, entity_id, {"cover_id": vetted.id}, uploaded)

    async def clear_cover(self, identity: Identity, kind: Kind, entity_id: str) -> None:
        """Go back to the cover that the files give.

        Raises:
            NotFound: there is no such album or artist.
        """
        await self._editing.override(identity, kind, entity_id, {"cover_id": None})


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
