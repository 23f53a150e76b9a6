"""One scan of a library at a time, whatever process it runs in: a lock that ends with its holder."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tutti.services.catalog.api import ScanRunning


@contextmanager
def only_scan(folder: Path, library_id: str) -> Generator[None, None, None]:
    """Hold a library for a scan.

    Raises:
        ScanRunning: another process, or this one, scans it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"scan-{library_id}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ScanRunning("This library is being scanned already.", library_id=library_id) from None
        yield
