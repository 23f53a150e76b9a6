"""How far the work on uploads is: shown live to the uploader, and known in every copy of media."""

import asyncio
from collections.abc import Mapping, Sequence

from tutti.kit.live import Live
from tutti.kit.stores import Stores
from tutti.services.media.api import UploadProgress
from tutti.services.media.repository.uploads import UploadRow

_SHOWN_STEP = 0.01
_KEPT_S = 6 * 3600.0
"""Longer than any step of the work; what a killed worker leaves ends by itself."""


class Progress:
    """Notes what the worker here has done of each upload; what is not noted anywhere has not begun."""

    def __init__(self, live: Live, stores: Stores) -> None:
        self._live = live
        self._stores = stores
        self._here: dict[str, float] = {}
        self._unsaved: dict[str, float | None] = {}
        self._saving: asyncio.Task[None] | None = None

    async def of(self, uploads: Sequence[UploadRow]) -> Mapping[str, float]:
        """Return how much of the work on each upload is done, 0 to 1, by its id; whichever copy works on it."""
        under_way = [_key(upload.id) for upload in uploads if upload.state == "processing"]
        noted = await self._stores.get_many(under_way)
        shares = {upload.id: float(noted.get(_key(upload.id), 0.0)) for upload in uploads}
        return shares | {upload.id: 1.0 for upload in uploads if upload.state == "ready"}

    def advance(self, upload: UploadRow, share: float) -> None:
        """Note that ``share`` (0 to 1) of the work is done; shown whenever that is worth a message."""
        before = self._here.get(upload.id)
        if before is None or share >= before + _SHOWN_STEP:
            self._here[upload.id] = share
            self._note(upload.id, share)
            self.show(upload)

    def forget(self, upload_id: str) -> None:
        """The work is over, or begins again."""
        self._here.pop(upload_id, None)
        self._note(upload_id, None)

    def show(self, upload: UploadRow) -> None:
        """Show an upload as it is now to its uploader."""
        shown = UploadProgress(
            upload_id=upload.id,
            track_id=upload.track_id,
            state=upload.state,
            progress=1.0 if upload.state == "ready" else self._here.get(upload.id, 0.0),
            reason_code=upload.reason_code,
            reason=upload.reason,
            duplicate_of=upload.duplicate_of,
        )
        self._live.show(f"user:{upload.user_id}", "upload", shown)

    def _note(self, upload_id: str, share: float | None) -> None:
        """Save soon; the work does not wait for it, and of several the last counts."""
        self._unsaved[upload_id] = share
        if self._saving is None or self._saving.done():
            self._saving = asyncio.create_task(self._save(), name="note progress of uploads")

    async def _save(self) -> None:
        while self._unsaved:
            upload_id, share = self._unsaved.popitem()
            if share is None:
                await self._stores.delete(_key(upload_id))
            else:
                await self._stores.set(_key(upload_id), f"{share:.3f}".encode(), _KEPT_S)


def _key(upload_id: str) -> str:
    return f"media:progress:{upload_id}"
