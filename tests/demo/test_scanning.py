"""The catalogue makes of the folder what was put into it."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from demo.conftest import Written
from demo.selection import ALBUMS_HERE, TRACKS_HERE
from support.scanning import Scanned
from tutti.kit.db import Database
from tutti.kit.events.log import open_event_log
from tutti.kit.events.settings import EventSettings
from tutti.services.catalog.tables import albums, lyrics, tracks


@pytest.fixture
async def scanned(db: Database, written: Written, tmp_path: Path) -> Scanned:
    open_event_log(db, EventSettings())
    return await Scanned(db, Path(shutil.copytree(written.folder, tmp_path / "music"))).add()


async def test_a_scan_finds_every_album_and_track_and_no_problem(scanned: Scanned) -> None:
    counts = (await scanned.scan()).counts
    assert (counts.added, counts.bad) == (len(TRACKS_HERE), 0)
    found = await scanned.db.read(
        lambda db: db.execute(
            sa.select(albums.c.title, tracks.c.title, tracks.c.disc_number, tracks.c.track_number).join(
                albums, albums.c.id == tracks.c.album_id
            )
        ).all()
    )
    assert sorted(map(tuple, found)) == sorted(
        (album.title, track.title, track.disc, track.number) for album, track in TRACKS_HERE
    )


async def test_covers_lyrics_and_gains_come_along(scanned: Scanned) -> None:
    await scanned.scan()
    covers = await scanned.db.read(lambda db: db.execute(sa.select(albums.c.title, albums.c.cover_id)).all())
    assert sorted(title for title, cover in covers if cover) == sorted(album.title for album in ALBUMS_HERE)
    gains = await scanned.db.read(lambda db: dict(db.execute(sa.select(tracks.c.title, tracks.c.track_gain_db)).all()))
    for album, track in TRACKS_HERE:
        assert gains[track.title] == pytest.approx(-18.0 - album.level_lufs, abs=1.5)
    sung = await scanned.db.read(lambda db: db.execute(sa.select(lyrics.c.synced)).scalars().all())
    assert len([each for each in sung if each]) == sum(bool(track.lyrics) for _, track in TRACKS_HERE)
