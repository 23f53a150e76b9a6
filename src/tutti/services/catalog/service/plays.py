"""How often things were played: counted from events, never from reads."""

from datetime import datetime

from tutti.kit.db import Database
from tutti.services.catalog.repository import plays


class PlayCounts:
    """Counts listens."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def count(self, track_id: str, at: datetime) -> None:
        """Count one listen of a track for it, its album and its artists; none of a track that is gone."""
        async with self._db.transaction() as tx:
            await tx.run(plays.add_play, track_id, at)
