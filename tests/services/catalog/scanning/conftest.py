from pathlib import Path

import pytest

from support.scanning import Scanned, Shelves
from tutti.kit.db import Database
from tutti.kit.events.log import open_event_log
from tutti.kit.events.settings import EventSettings


@pytest.fixture
async def music(db: Database, tmp_path: Path) -> Scanned:
    """An empty library, on each database in turn."""
    open_event_log(db, EventSettings())
    return await Scanned(db, tmp_path / "music").add()


@pytest.fixture
def shelves(db: Database, tmp_path: Path) -> Shelves:
    """No library yet, on each database in turn."""
    open_event_log(db, EventSettings())
    return Shelves(db, tmp_path)
