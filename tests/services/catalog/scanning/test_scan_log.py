"""What is remembered of scans, and what the next one makes of it."""

from typing import Literal

import msgspec
import pytest

from support.scanning import LIBRARY_ID, Scanned
from tutti.kit.clock import now
from tutti.kit.live import Live
from tutti.services.catalog.api import Scan
from tutti.services.catalog.repository import scan_log
from tutti.services.catalog.service.scanner.progress import Progress


@pytest.mark.parametrize(
    ("state", "recounted"),
    [("running", True), ("interrupted", True), ("cancelled", True), ("failed", True), ("done", False)],
)
async def test_a_scan_counts_again_what_one_that_was_not_done_may_have_left(
    music: Scanned, state: Literal["running", "interrupted", "cancelled", "failed", "done"], recounted: bool
) -> None:
    def new() -> Scan:
        return Progress(LIBRARY_ID, Live(), full=False).scan

    before = new()
    assert await music.db.write(scan_log.begin_scan, before, now()) is False
    await music.db.write(scan_log.save_scan, msgspec.structs.replace(before, state=state), now())
    assert await music.db.write(scan_log.begin_scan, new(), now()) is recounted
