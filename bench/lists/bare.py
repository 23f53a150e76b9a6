"""The reference: Litestar and the server as they are, and SQL by hand on the driver, in a thread; nobody logs in."""

import asyncio
import json
import queue
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from litestar import Litestar, get

ROWS = 50
_THREADS = 4  # as many readers as the default of TUTTI_DATABASE_POOL
_IDS = """
    SELECT id FROM catalog_albums WHERE track_count > 0 OR by_hand ORDER BY sort_title, id LIMIT 51
"""
_ALBUMS = """
    SELECT a.id, a.title, a.artist_name, a.year, a.track_count, a.duration_ms, a.compilation, a.play_count,
           a.last_played_at, a.rating, a.added_at, a.cover_id, c.blurhash, c.palette
    FROM catalog_albums a LEFT JOIN catalog_covers c ON c.id = a.cover_id
    WHERE a.id IN (SELECT value FROM json_each(?))
"""
_ARTISTS = """
    SELECT album_id, artist_id, name FROM catalog_album_artists
    WHERE album_id IN (SELECT value FROM json_each(?)) ORDER BY album_id, position
"""


def create_bare_app(database: Path) -> Litestar:
    """One route, ``/albums``: the rows of the first page, as they come."""
    threads = ThreadPoolExecutor(_THREADS)
    connections: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
    for _ in range(_THREADS):
        connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA cache_size = -8192")
        connections.put(connection)

    def read() -> dict[str, Any]:
        connection = connections.get()
        try:
            ids = [row[0] for row in connection.execute(_IDS)][:ROWS]
            asked = [json.dumps(ids)]
            return {
                "items": connection.execute(_ALBUMS, asked).fetchall(),
                "artists": connection.execute(_ARTISTS, asked).fetchall(),
            }
        finally:
            connections.put(connection)

    @get("/albums")
    async def albums() -> dict[str, Any]:
        return await asyncio.get_running_loop().run_in_executor(threads, read)

    return Litestar([albums], openapi_config=None)
