"""Folders that are there and may not be read: listed with their reason, and nothing in them is missing."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from support.audio import audio_bytes
from support.scanning import LIBRARY_ID, Scanned
from tutti.services.catalog.repository.libraries import list_bad_files
from tutti.services.catalog.service.scanner import walk as walk_module

REASON = "this folder cannot be read (Permission denied)"


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Paths of folders that may not be read; rights do not keep root from anything, which tests often run as."""
    paths: set[str] = set()
    real = walk_module._list

    def listed(absolute: str, path: str, rules: Any) -> Any:
        if path in paths:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(absolute, path, rules)

    monkeypatch.setattr(walk_module, "_list", listed)
    return paths


@pytest.fixture
def folder(music: Scanned) -> Path:
    folder = music.root / "artist" / "album"
    folder.mkdir(parents=True)
    (folder / "1.ape").write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=440))
    return folder


async def bad(music: Scanned) -> dict[str, str]:
    found = await music.db.read(list_bad_files, LIBRARY_ID, None, 10)
    return {each.path: each.reason for each in found}


async def test_it_is_listed_until_it_can_be_read(music: Scanned, folder: Path, locked: set[str]) -> None:
    await music.scan()
    locked.add("artist/album")
    scan = await music.scan()
    assert (scan.counts.bad, scan.counts.missing) == (1, 0)
    assert await bad(music) == {"artist/album/": REASON}
    assert len(await music.track_ids()) == 1
    locked.clear()
    scan = await music.scan(folders=["artist/album"])
    assert (scan.counts.bad, scan.counts.unchanged) == (0, 1)
    assert await bad(music) == {}


async def test_one_that_was_never_read_is_listed_too(music: Scanned, folder: Path, locked: set[str]) -> None:
    locked.add("artist")
    await music.scan()
    assert await bad(music) == {"artist/": REASON}
    locked.clear()
    assert (await music.scan()).counts.added == 1
    assert await bad(music) == {}


async def test_one_that_is_listed_already_is_not_written_again(music: Scanned, folder: Path, locked: set[str]) -> None:
    locked.add("artist")
    (music.root / "other").mkdir()
    await music.scan()

    def changes(db: Connection) -> Any:
        return list(db.execute(sa.text("SELECT * FROM catalog_bad_files"))), list(
            db.execute(sa.text("SELECT * FROM catalog_folders"))
        )

    before = await music.db.read(changes)
    scan = await music.scan()
    assert scan.counts.bad == 0
    assert await music.db.read(changes) == before
    scan = await music.scan(folders=["other"])  # nor forgotten, when only a part is looked at
    assert await music.db.read(changes) == before


@pytest.mark.parametrize("how", ["deleted", "left out"])
async def test_one_that_is_gone_is_forgotten(music: Scanned, folder: Path, locked: set[str], how: str) -> None:
    locked.add("artist/album")
    await music.scan()
    assert await bad(music) == {"artist/album/": REASON}
    if how == "deleted":
        (folder / "1.ape").unlink()
        folder.rmdir()
    else:
        (music.root / "artist" / ".nomedia").touch()
    await music.scan()
    assert await bad(music) == {}


async def test_one_that_goes_while_it_is_walked_is_no_bad_one(
    music: Scanned, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = walk_module._list

    def listed(absolute: str, path: str, rules: Any) -> Any:
        if path == "artist/album":
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return real(absolute, path, rules)

    monkeypatch.setattr(walk_module, "_list", listed)
    await music.scan()
    assert await bad(music) == {}
