"""Whatever happens to the files between scans: the catalogue equals a fresh scan's, and tracks keep their identity."""

import random
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.audio import audio_bytes
from support.images import cover
from support.scanning import Scanned
from support.tagging import write_tags
from tutti.kit.db import Database, open_database
from tutti.kit.events.log import open_event_log
from tutti.kit.events.settings import EventSettings
from tutti.kit.settings import Base

_ARTISTS = ("Ada", "ADA", "Björk", "The Band", "Band; Ada", "Ada feat. Björk", "Σίγμα")
_ALBUMS = ("One", "ONE", "Two", "Très", "")
_GENRES = ("Rock", "rock", "Jazz; Folk", "Drum & Bass")
_FOLDERS = ("", "a", "a/CD1", "a/CD2", "b", "b/c", "ø", "a b")


@dataclass
class Disk:
    """A folder of music, and which audio lies where."""

    root: Path
    choose: random.Random
    audio: dict[Path, int] = field(default_factory=dict[Path, int])
    made: int = 0
    twinned: set[int] = field(default_factory=set[int])

    def change(self) -> None:
        """Do one thing that people do to their files."""
        todo = [self.add, self.add, self.retag, self.move, self.swap, self.delete, self.restore, self.copy]
        todo += [self.paint, self.write_lyrics, self.spoil, self.move_folder, self.reencode]
        self.choose.choice(todo)()

    def add(self) -> None:
        self.made += 1
        path = self._place(f"{self.made:03}.ape")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=self.made))
        self.audio[path] = self.made
        self._tag(path)

    def retag(self) -> None:
        for path in self._some(3):
            self._tag(path)

    def move(self) -> None:
        for path in self._some(2):
            self._move(path, self._place(f"moved {self.choose.randint(0, 9)} {path.name}"))

    def swap(self) -> None:
        chosen = self._some(2)
        if len(chosen) == 2:
            one, other = chosen
            aside = one.with_name("aside.ape")
            self._move(one, aside)
            self._move(other, one)
            self._move(aside, other)

    def move_folder(self) -> None:
        source, target = (self.root / self.choose.choice(_FOLDERS[1:]) for _ in range(2))
        if source.is_dir() and not target.exists() and source not in target.parents:
            for path in [path for path in self.audio if source in path.parents]:
                self._move(path, target / path.relative_to(source))

    def delete(self) -> None:
        for path in self._some(2):
            (self.root.parent / "bin").mkdir(exist_ok=True)
            shutil.move(path, self.root.parent / "bin" / f"{self.audio.pop(path)}.ape")

    def restore(self) -> None:
        kept = sorted((self.root.parent / "bin").glob("*.ape"))
        if kept:
            source = self.choose.choice(kept)
            path = self._place(f"back {source.name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(source, path)
            self.audio[path] = int(source.stem)

    def copy(self) -> None:
        for path in self._some(1):
            self.made += 1
            twin = self._place(f"{self.made:03} twin.ape")
            twin.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, twin)
            self.twinned.add(self.audio[path])
            self.audio[twin] = -self.made

    def reencode(self) -> None:
        for path in self._some(1):
            self.made += 1
            path.write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=self.made))
            self.audio[path] = self.made
            self._tag(path)

    def paint(self) -> None:
        path = self._place(self.choose.choice(["cover.jpg", "folder.png"]))
        if path.exists() and self.choose.random() < 0.5:
            path.unlink()
        elif path.parent.is_dir():
            path.write_bytes(cover(8, 8 + self.choose.randint(0, 30)))

    def write_lyrics(self) -> None:
        for path in self._some(1):
            words = path.with_suffix(".lrc")
            if words.exists():
                words.unlink()
            else:
                words.write_text(f"[00:01.00]la {self.choose.randint(0, 99)}\n")

    def spoil(self) -> None:
        path = self._place(f"bad {self.choose.randint(0, 3)}.mp3")
        if path.exists():
            path.unlink()
        elif path.parent.is_dir():
            path.write_bytes(b"\0" * self.choose.randint(0, 99))

    def _tag(self, path: Path) -> None:
        pick = self.choose.choice
        tags = {
            "title": [f"Title {self.choose.randint(0, 5)}"],
            "artist": [pick(_ARTISTS)],
            "album": [pick(_ALBUMS)],
            "genre": [pick(_GENRES)],
            "date": [pick(["1999", "2001-02-03", ""])],
            "tracknumber": [str(self.choose.randint(1, 9))],
            "albumartist": [pick(["", "", "Ada", "ada", "Various Artists"])],
            "composer": [pick(["", "J. S. Bach"])],
        }
        picture = cover(8, 8, pick(["#112233", "#445566"])) if self.choose.random() < 0.3 else None
        write_tags(path, {name: value for name, value in tags.items() if value != [""]}, picture)

    def _move(self, path: Path, target: Path) -> None:
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
            self.audio[target] = self.audio.pop(path)

    def _place(self, name: str) -> Path:
        return self.root / self.choose.choice(_FOLDERS) / name

    def _some(self, most: int) -> list[Path]:
        paths = sorted(self.audio)
        return self.choose.sample(paths, min(len(paths), self.choose.randint(1, most)))


@pytest.fixture
async def fresh(tmp_path: Path, migrated_file: Path) -> AsyncIterator[Database]:
    """A second, empty database."""
    (tmp_path / "fresh").mkdir()
    shutil.copy(migrated_file, tmp_path / "fresh")
    database = open_database(Base(data_dir=tmp_path / "fresh"))
    await database.start()
    open_event_log(database, EventSettings())
    yield database
    await database.stop()


@pytest.mark.parametrize("seed", range(6))
async def test_a_catalogue_that_grew_equals_a_fresh_one(
    db: Database, fresh: Database, tmp_path: Path, seed: int
) -> None:
    open_event_log(db, EventSettings())
    disk = Disk(tmp_path / "music", random.Random(seed))
    grown = await Scanned(db, disk.root).add()
    known: dict[int, str] = {}
    for _ in range(6):
        for _ in range(disk.choose.randint(1, 6)):
            disk.change()
        await grown.scan()
        known = _kept(known, disk, await grown.track_ids())
    anew = await Scanned(fresh, disk.root).add()
    await anew.scan()
    there, expected = await grown.catalogue(), await anew.catalogue()
    for kind, rows in expected.items():
        assert there[kind] == rows


def _kept(known: dict[int, str], disk: Disk, ids: dict[str, str]) -> dict[int, str]:
    """Check that each audio is the track it was before; twins and what they were made of may stand for each other."""
    now = {audio: ids[str(path.relative_to(disk.root))] for path, audio in disk.audio.items() if audio > 0}
    assert len(set(ids.values())) == len(ids)
    alone = {audio for audio in now if audio in known and audio not in disk.twinned}
    assert {audio: now[audio] for audio in alone} == {audio: known[audio] for audio in alone}
    return known | now
