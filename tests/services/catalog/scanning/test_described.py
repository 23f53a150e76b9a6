"""What the catalogue says is of the types that its api promises: processes that ask it read no other."""

import importlib.util
from typing import TypeVar

import msgspec
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection

from support.audio import make_audio
from support.images import cover
from support.scanning import Scanned
from support.tagging import write_tags
from tutti.kit.db.migrations import migrations_folder
from tutti.services.catalog.api import Track, Viewer
from tutti.services.catalog.service.browsing import BrowsingService
from tutti.services.catalog.service.describing import CoverDescriptions
from tutti.services.catalog.tables import covers, tracks

T = TypeVar("T")
LISTENER = Viewer("01900000-0000-7000-8000-0000000000aa", is_admin=True)


def over_the_wire(value: object, kind: type[T]) -> T:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=kind)


async def a_track_with_a_cover(music: Scanned) -> Track:
    write_tags(make_audio(music.root / "a", "1", "flac"), {"title": ["One"], "artist": ["Ada"], "album": ["All"]})
    (music.root / "a/cover.jpg").write_bytes(cover())
    await music.scan()
    await CoverDescriptions(music.db).describe_new()
    return await find_track(music)


async def find_track(music: Scanned) -> Track:
    ids = await music.db.read(lambda db: list(db.execute(sa.select(tracks.c.id)).scalars()))
    (track,) = await BrowsingService(music.db).get_tracks(LISTENER, ids)
    return track


async def test_a_track_with_a_described_cover_crosses_the_wire(music: Scanned) -> None:
    track = await a_track_with_a_cover(music)
    assert over_the_wire(track, Track) == track
    assert track.cover is not None
    assert track.cover.palette
    assert all(color.startswith("#") for color in track.cover.palette)


async def test_palettes_as_older_versions_wrote_them_are_mended(music: Scanned) -> None:
    await a_track_with_a_cover(music)
    colors = ["#102030", "#405060"]
    older = {"colors": colors, "background": "#102030", "foreground": "#ffffff"}
    await music.db.write(lambda db: db.execute(sa.update(covers).values(palette=older)))
    for _ in range(2):  # and those that are right already stay as they are
        await music.db.write(mend)
        track = await find_track(music)
        assert track.cover is not None
        assert track.cover.palette == colors


def mend(db: Connection) -> None:
    path = next((migrations_folder() / "versions").glob("0009_*.py"))
    spec = importlib.util.spec_from_file_location("mending", path)
    assert spec is not None
    assert spec.loader is not None
    revision = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(revision)
    with Operations.context(MigrationContext.configure(db)):
        revision.upgrade()
