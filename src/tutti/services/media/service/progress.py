"""How far the work on uploads is: kept in memory, and shown live to the uploader."""

from tutti.kit.live import Live
from tutti.services.media.api import UploadProgress
from tutti.services.media.repository.uploads import UploadRow

_SHOWN_STEP = 0.01


class Progress:
    """Remembers what the worker here has done of each upload; what is not remembered has not begun."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._shares: dict[str, float] = {}

    def of(self, upload: UploadRow) -> float:
        """Return how much of the work is done, 0 to 1."""
        return 1.0 if upload.state == "ready" else self._shares.get(upload.id, 0.0)

    def advance(self, upload: UploadRow, share: float) -> None:
        """Note that ``share`` (0 to 1) of the work is done; shown whenever that is worth a message."""
        before = self._shares.get(upload.id)
        if before is None or share >= before + _SHOWN_STEP:
            self._shares[upload.id] = share
            self.show(upload)

    def forget(self, upload_id: str) -> None:
        """The work is over, or begins again."""
        self._shares.pop(upload_id, None)

    def show(self, upload: UploadRow) -> None:
        """Show an upload as it is now to its uploader."""
        shown = UploadProgress(
            upload_id=upload.id,
            track_id=upload.track_id,
            state=upload.state,
            progress=self.of(upload),
            reason_code=upload.reason_code,
            reason=upload.reason,
            duplicate_of=upload.duplicate_of,
        )
        self._live.show(f"user:{upload.user_id}", "upload", shown)
