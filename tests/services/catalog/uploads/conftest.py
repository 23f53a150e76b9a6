from pathlib import Path

import pytest

from support.browsing import Told
from support.uploaded import Uploads
from tutti.kit.db import Database
from tutti.kit.storage import open_local_storage
from tutti.services.catalog.service.browsing import BrowsingService
from tutti.services.catalog.service.editing import EditingService
from tutti.services.catalog.service.originals import Originals
from tutti.services.catalog.service.settings import CatalogSettings
from tutti.services.catalog.service.uploads.adding import AddingService
from tutti.services.catalog.service.uploads.outcomes import UploadOutcomes
from tutti.services.catalog.service.uploads.reader import UploadReader


@pytest.fixture
def uploads(db: Database, tmp_path: Path) -> Uploads:
    """An empty catalogue, on each database in turn, and a storage of files."""
    told = Told()
    db.use_outbox(told)
    storage = open_local_storage(tmp_path / "objects")
    settings = CatalogSettings()
    return Uploads(
        db=db,
        storage=storage,
        adding=AddingService(db, storage, UploadReader(storage, settings)),
        outcomes=UploadOutcomes(db, failed_hours=settings.failed_uploads_hours),
        browsing=BrowsingService(db),
        editing=EditingService(db),
        originals=Originals(db, storage),
        told=told.events,
        folder=tmp_path / "made",
    )
