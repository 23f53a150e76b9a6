import pytest

from support.browsing import Catalogue, Told
from support.catalogue import seed
from tutti.kit.db import Database
from tutti.services.catalog.service.browsing import BrowsingService
from tutti.services.catalog.service.editing import EditingService


@pytest.fixture
async def catalogue(db: Database) -> Catalogue:
    """240 tracks in two libraries, the second for admins only, on each database in turn."""
    seeded = await db.write(seed, 240, hidden_library=True)
    told = Told()
    db.use_outbox(told)
    return Catalogue(db, seeded, BrowsingService(db), EditingService(db), told.events)
