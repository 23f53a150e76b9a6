"""What a scan makes of a folder, and of what happens to it."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from support.audio import KINDS, audio_bytes, make_audio
from support.images import cover
from support.scanning import Scanned
from support.tagging import write_tags
from tutti.kit.clock import now
from tutti.kit.db import metadata
from tutti.services.catalog.repository.editing import Edit, apply_edit
from tutti.services.catalog.repository.overrides import Override
from tutti.services.catalog.service.scanner.scan import ScanFailed
from tutti.services.catalog.tables import lyrics, tracks

USER_ID = "01900000-0000-7000-8000-0000000000aa"


def tone(root: Path, name: str, pitch_hz: int = 440, **tags: str) -> Path:
    path = root / f"{name}.ape"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=pitch_hz))
    write_tags(path, {key: [value] for key, value in ({"title": name} | tags).items()})
    return path


def all_rows(db: Connection) -> dict[str, Any]:
    """Everything in every table, to see whether anything at all was written."""
    return {name: sorted(map(repr, db.execute(sa.select(table)))) for name, table in metadata.tables.items()}


async def test_every_format_comes_into_the_catalogue(music: Scanned) -> None:
    for kind in KINDS:
        write_tags(make_audio(music.root, kind, kind), {"title": [kind], "artist": ["Ada"], "album": ["All"]})
    (music.root / "notes.txt").write_text("no music")
    scan = await music.scan()
    assert (scan.counts.added, scan.counts.bad, scan.counts.skipped) == (len(KINDS), 0, 1)
    found = await music.db.read(lambda db: dict(db.execute(sa.select(tracks.c.title, tracks.c.codec)).all()))
    assert found == {kind: made.codec for kind, made in KINDS.items()}


async def test_an_unchanged_scan_writes_no_row_anywhere(music: Scanned) -> None:
    for number in range(20):
        tone(music.root, f"a/b{number % 3}/{number}", number, artist="Ada", album="One")
    (music.root / "a/b1/cover.jpg").write_bytes(cover())
    (music.root / "a/b1/bad.mp3").write_bytes(b"\0" * 50)
    (music.root / "no music" / "deeper").mkdir(parents=True)
    await music.scan()
    before = await music.db.read(all_rows)
    scan = await music.scan()
    assert scan.counts.unchanged == scan.counts.total == 21
    assert await music.db.read(all_rows) == before


async def test_vanished_files_wait_and_come_back_as_what_they_were(music: Scanned, tmp_path: Path) -> None:
    one = tone(music.root, "a/one", 1)
    tone(music.root, "b/two", 2)
    await music.scan()
    ids = await music.track_ids()
    shutil.move(one, tmp_path / "aside.ape")
    assert (await music.scan()).counts.missing == 1
    assert await music.track_ids(missing=True) == {"a/one.ape": ids["a/one.ape"]}
    shutil.move(tmp_path / "aside.ape", music.root / "b" / "elsewhere.ape")
    assert (await music.scan()).counts.returned == 1
    assert (await music.track_ids())["b/elsewhere.ape"] == ids["a/one.ape"]


async def test_a_folder_that_is_gone_takes_its_tracks_along(music: Scanned) -> None:
    tone(music.root, "a/b/one", 1)
    tone(music.root, "c/two", 2)
    await music.scan()
    shutil.rmtree(music.root / "a")
    assert (await music.scan()).counts.missing == 1
    assert list(await music.track_ids()) == ["c/two.ape"]


@pytest.mark.parametrize("how", ["away", "empty"])
async def test_a_library_whose_drive_is_away_loses_nothing(music: Scanned, how: str) -> None:
    tone(music.root, "one", 1)
    await music.scan()
    shutil.rmtree(music.root)
    if how == "empty":
        music.root.mkdir()
    with pytest.raises(ScanFailed):
        await music.scan()
    assert await music.track_ids(missing=True) == {}


async def test_a_bad_file_is_named_and_read_again_only_when_it_changed(music: Scanned) -> None:
    tone(music.root, "good", 1)
    bad = music.root / "bad.mp3"
    bad.write_bytes(b"\0" * 50)
    assert (await music.scan()).counts.bad == 1
    assert [row[:2] for row in (await music.catalogue())["bad"]] == [["bad.mp3", "it holds no MPEG audio"]]
    assert (await music.scan()).counts.bad == 0
    shutil.copy(make_audio(music.root.parent, "made", "mp3"), bad)
    assert (await music.scan()).counts.added == 1
    assert (await music.catalogue())["bad"] == []


async def test_a_full_scan_reads_everything_and_keeps_identity(music: Scanned) -> None:
    tone(music.root, "one", 1, artist="Ada")
    await music.scan()
    ids, before = await music.track_ids(), await music.catalogue()
    scan = await music.scan(full=True)
    assert (scan.counts.unchanged, scan.counts.added) == (0, 0)
    assert (await music.track_ids(), await music.catalogue()) == (ids, before)


async def test_what_was_set_by_hand_survives(music: Scanned) -> None:
    path = tone(music.root, "one", 1, artist="Ada", album="One")
    await music.scan()
    (track_id,) = (await music.track_ids()).values()
    edit = Edit(
        columns={"title": "By hand"},
        artists=None,
        genres=None,
        kept={"title": Override("By hand", "one")},
        taken_back=[],
        user_id=USER_ID,
        at=now(),
    )
    await music.db.write(apply_edit, "track", track_id, edit)
    write_tags(path, {"title": ["Tagged anew"], "artist": ["Bo"]})
    await music.scan()
    shown = sa.select(tracks.c.title, tracks.c.artist_name)
    assert await music.db.read(lambda db: db.execute(shown).one()) == ("By hand", "Bo")


async def test_hidden_ignored_and_excluded_files_are_passed_over(music: Scanned) -> None:
    tone(music.root, "seen", 1)
    for name in (".hidden/one", "kept out/two", "@eaDir/three"):
        tone(music.root, name, 2)
    (music.root / "kept out" / ".nomedia").touch()
    (music.root / "circle").symlink_to(music.root)
    await music.scan()
    assert list(await music.track_ids()) == ["seen.ape"]


async def test_lyrics_beside_a_file_come_and_go_with_it(music: Scanned) -> None:
    words = tone(music.root, "song", 1).with_suffix(".lrc")
    tone(music.root, "other", 2)
    found: list[Any] = []
    for text in ("", "[00:01.00]one", "[00:02.00]and two", ""):
        words.write_text(text) if text else words.unlink(missing_ok=True)
        await music.scan()
        found.append(await music.db.read(lambda db: [list(row) for row in db.scalars(sa.select(lyrics.c.synced))]))
    assert found == [[], [[[1000, "one"]]], [[[2000, "and two"]]], []]
