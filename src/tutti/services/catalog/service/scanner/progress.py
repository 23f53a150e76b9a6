"""How far a scan is: counted in memory, shown as it goes, and never more often than eyes can follow."""

import time
from collections.abc import Callable

import msgspec

from tutti.kit.clock import now
from tutti.kit.ids import new_id
from tutti.kit.live import Live
from tutti.services.catalog.api import Scan, ScanCounts
from tutti.services.catalog.api.channels import SCANS

_SHOWN_EVERY_S = 0.25

OnProgress = Callable[[Scan], None]


class Progress:
    """One scan as others see it."""

    def __init__(self, library_id: str, live: Live, *, full: bool, on_progress: OnProgress | None = None) -> None:
        self._live = live
        self._on_progress = on_progress
        self._shown_at = 0.0
        self.scan = Scan(new_id(), library_id, "running", full, ScanCounts(), None, now(), None)

    def count(self, **more: int) -> None:
        """Add to counts."""
        counts = self.scan.counts
        self._change(counts=msgspec.structs.replace(counts, **{n: getattr(counts, n) + v for n, v in more.items()}))

    def walk_on(self, *, total: int, unchanged: int, skipped: int, walked: bool) -> None:
        """Say what the walk found so far; what is unchanged needs no reading, and is seen at once."""
        counts = self.scan.counts
        seen = counts.seen + unchanged - counts.unchanged
        self._change(
            counts=msgspec.structs.replace(
                counts, total=total, seen=seen, unchanged=unchanged, skipped=skipped, walked=walked
            )
        )

    def walk_again(self) -> None:
        """Say that the same scan walks once more; what it did so far still counts."""
        counts = msgspec.structs.replace(self.scan.counts, total=0, seen=0, unchanged=0, skipped=0, walked=False)
        self._change(counts)

    def compose_on(self, *, composed: int, to_compose: int) -> None:
        """Say how much is made of what the folder is being filled with; each step takes seconds, and is shown."""
        counts = msgspec.structs.replace(self.scan.counts, composed=composed, to_compose=to_compose)
        self.scan = msgspec.structs.replace(self.scan, counts=counts)
        self._show()

    def end(self, state: str, reason: str | None = None) -> None:
        """Say how the scan ended."""
        self.scan = msgspec.structs.replace(self.scan, state=state, reason=reason, finished_at=now())
        self._show()

    def _change(self, counts: ScanCounts) -> None:
        self.scan = msgspec.structs.replace(self.scan, counts=counts)
        if time.monotonic() - self._shown_at >= _SHOWN_EVERY_S:
            self._show()

    def _show(self) -> None:
        self._shown_at = time.monotonic()
        self._live.show(SCANS, "scan", self.scan)
        if self._on_progress is not None:
            self._on_progress(self.scan)
