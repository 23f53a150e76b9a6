"""``tutti backup`` and ``tutti restore`` over folders that no server holds; e2e/test_backup.py has the serving ones."""

import fcntl
import os
import resource
import sqlite3
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.terminal import Tutti
from support.files import vanishing
from support.people import PASSWORD
from tutti.commands.archive import read_archive, write_archive

KEPT = {
    "objects/avatars/ab/abcd-64.webp": b"avatar",
    "objects/uploads/ab/abcd.webp": b"uploaded cover",
    "secrets/token-keys.json": b"keys",
}
NOT_KEPT = {
    "objects/covers/ab/abcd-320.webp": b"resized",
    "objects/.receiving/incoming%0190/bytes": b"half an upload",
    "cache/renditions/x": b"x",
}
WRITER = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
print("writing", flush=True)
while True:
    db.execute("INSERT INTO written DEFAULT VALUES")
    time.sleep(0.002)
"""


@pytest.fixture
def filled(tutti: Tutti, data_dir: Path) -> Path:
    """A data folder with a user, some files, and some that can be made again."""
    tutti("user", "create", "ada", "--admin", "--password-stdin", stdin=f"{PASSWORD}\n").said()
    for name, content in (KEPT | NOT_KEPT).items():
        path = data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(content)
        path.chmod(0o600)
    return data_dir


def test_each_step_says_how_far_it_is(filled: Path, tmp_path: Path) -> None:
    heard: list[tuple[str, int, int | None]] = []

    def hear(*said: Any) -> None:
        heard.append(said)

    write_archive(filled, tmp_path / "heard.tar.gz", hear)
    (tmp_path / "other").mkdir()
    read_archive(tmp_path / "heard.tar.gz", tmp_path / "other", hear)
    files = 1 + len(KEPT)
    packed = [said for said in heard if said[0] == "Packing"]
    assert len(packed) >= files
    assert packed == [("Packing", done, len(packed)) for done in range(len(packed))]
    assert heard[0] == ("Copying the database", 0, None)
    assert ("Unpacking", files, None) in heard
    assert [said[1] for said in heard if said[0] == "Checking"] == list(range(len(packed)))


def test_what_is_deleted_meanwhile_is_in_it(filled: Path, tmp_path: Path) -> None:
    """As the bytes of an upload are, which becomes a track between the copy of the database and that of the files."""
    known, late = (filled / "objects/incoming" / name for name in ("known", "late"))
    known.parent.mkdir()
    known.write_bytes(b"known")

    def hear(step: str, done: int, _total: int | None) -> None:
        if step == "Copying the database":
            known.unlink()
            late.write_bytes(b"late")
        elif not done:
            late.unlink()

    write_archive(filled, tmp_path / "deleted.tar.gz", hear)
    (tmp_path / "other").mkdir()
    read_archive(tmp_path / "deleted.tar.gz", tmp_path / "other", lambda *_: None)
    restored = tmp_path / "other/objects/incoming"
    assert {path.name: path.read_bytes() for path in restored.iterdir()} == {"known": b"known", "late": b"late"}
    assert not list(filled.glob(".backup-*"))


def test_an_upload_that_ends_meanwhile_stops_nothing(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiving = filled / "objects/.receiving/incoming%1"
    receiving.mkdir(parents=True)
    vanishing(monkeypatch, receiving)
    assert write_archive(filled, tmp_path / "ended.tar.gz", lambda *_: None) > 0
    assert not receiving.exists()


def test_what_a_killed_one_left_is_taken_away(filled: Path, tmp_path: Path) -> None:
    for name, hours in (("killed", 25), ("at work", 1)):
        (filled / f".backup-{name}/objects").mkdir(parents=True)
        at = time.time() - hours * 3600
        os.utime(filled / f".backup-{name}", (at, at))
    write_archive(filled, tmp_path / "next.tar.gz", lambda *_: None)
    assert [path.name for path in filled.glob(".backup-*")] == [".backup-at work"]


@pytest.fixture
def saved(tutti: Tutti, filled: Path, tmp_path: Path) -> Path:
    """A backup of that folder."""
    file = tmp_path / "saved.tar.gz"
    tutti("backup", file).said()
    return file


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` with what is in it, without the locks."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def without(content: bytes, part: slice) -> bytes:
    return content[: part.start] + bytes(part.stop - part.start) + content[part.stop :]


def names_in(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [name for (name,) in db.execute("SELECT name FROM accounts_users")]


@contextmanager
def at_most(file_size_bytes: int) -> Iterator[None]:
    """As if the disk were full: no file of this process may grow larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_cannot_be_made_again_comes_back(tutti: Tutti, saved: Path, tmp_path: Path) -> None:
    into = tmp_path / "new" / "data"
    assert str(into) in tutti("restore", saved, "--data-dir", into).said()
    found = contents(into)
    assert found.keys() == {"tutti.sqlite3", *KEPT}
    assert {name: found[name] for name in KEPT} == KEPT
    assert names_in(into / "tutti.sqlite3") == ["ada"]


def test_secrets_stay_secret(tutti: Tutti, saved: Path, tmp_path: Path) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    tutti("restore", saved, "--data-dir", tmp_path / "new").said()
    assert (tmp_path / "new" / "secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / "secrets" / "token-keys.json").stat().st_mode & 0o777 == 0o600


def test_a_backup_of_a_restored_folder_holds_the_same(tutti: Tutti, saved: Path, tmp_path: Path) -> None:
    tutti("restore", saved, "--data-dir", tmp_path / "new").said()
    tutti("backup", tmp_path / "again.tar.gz", "--data-dir", tmp_path / "new").said()
    tutti("restore", tmp_path / "again.tar.gz", "--data-dir", tmp_path / "third").said()
    first, second = contents(tmp_path / "new"), contents(tmp_path / "third")
    for counted in (slice(24, 28), slice(92, 96)):  # of commits, in the header of a SQLite file
        first["tutti.sqlite3"] = without(first["tutti.sqlite3"], counted)
        second["tutti.sqlite3"] = without(second["tutti.sqlite3"], counted)
    assert first == second


def test_a_file_that_exists_is_kept_unless_forced(tutti: Tutti, saved: Path) -> None:
    before = saved.read_bytes()
    assert "--force" in tutti("backup", saved).refusal()
    assert saved.read_bytes() == before
    tutti("backup", saved, "--force").said()
    assert tarfile.is_tarfile(saved)


def test_where_no_file_can_be_none_is_written(tutti: Tutti, filled: Path, tmp_path: Path) -> None:
    assert "folder" in tutti("backup", tmp_path).refusal()
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in tutti("backup", tmp_path / "file" / "saved").refusal()


def test_without_a_database_there_is_nothing_to_save(tutti: Tutti, tmp_path: Path) -> None:
    assert str(tmp_path / "none") in tutti("backup", tmp_path / "x", "--data-dir", tmp_path / "none").refusal()
    assert not (tmp_path / "none").exists()


def test_a_damaged_database_is_not_saved_as_if_it_were_whole(tutti: Tutti, filled: Path, tmp_path: Path) -> None:
    database = filled / "tutti.sqlite3"
    content = bytearray(database.read_bytes())
    content[8192:40960] = b"\xff" * 32768
    database.write_bytes(content)
    assert "restore" in tutti("backup", tmp_path / "saved").refusal()
    assert not (tmp_path / "saved").exists()


def test_a_full_disk_leaves_nothing_behind(tutti: Tutti, filled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    for limit in (0, 4096, 100_000):
        with at_most(limit):
            assert "room" in tutti("backup", folder / "saved").refusal()
        assert list(folder.iterdir()) == []


def test_a_full_disk_leaves_the_older_backup(tutti: Tutti, saved: Path) -> None:
    before = saved.read_bytes()
    with at_most(4096):
        assert "room" in tutti("backup", saved, "--force").refusal()
    assert saved.read_bytes() == before


def test_a_full_disk_leaves_the_data_as_it_was(tutti: Tutti, saved: Path, filled: Path) -> None:
    before = contents(filled)
    with at_most(100_000):
        assert "room" in tutti("restore", saved, "--force").refusal()
    assert contents(filled) == before


def test_a_writer_that_never_rests_does_not_hold_a_backup_up(tutti: Tutti, filled: Path, tmp_path: Path) -> None:
    database = filled / "tutti.sqlite3"
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("CREATE TABLE ballast (content BLOB)")
        db.execute("CREATE TABLE written (id INTEGER PRIMARY KEY)")
        db.executemany("INSERT INTO ballast VALUES (zeroblob(1000000))", [()] * 40)
    with subprocess.Popen([sys.executable, "-c", WRITER, database], stdout=subprocess.PIPE) as writer:
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"writing\n"
            tutti("backup", tmp_path / "saved").said()
            assert writer.poll() is None
        finally:
            writer.kill()
    tutti("restore", tmp_path / "saved", "--data-dir", tmp_path / "new").said()
    assert names_in(tmp_path / "new" / "tutti.sqlite3") == ["ada"]


@pytest.mark.parametrize("name", ["tutti.sqlite3", "tutti.sqlite3-wal", "objects/avatars/x", "secrets/token-keys.json"])
def test_a_folder_that_holds_something_is_replaced_only_when_asked(
    tutti: Tutti, saved: Path, tmp_path: Path, name: str
) -> None:
    held = tmp_path / "held"
    (held / name).parent.mkdir(parents=True)
    (held / name).write_bytes(b"mine")
    assert "--force" in tutti("restore", saved, "--data-dir", held).refusal()
    assert contents(held) == {name: b"mine"}
    said = tutti("restore", saved, "--force", "--data-dir", held).said()
    (aside,) = held.glob("replaced-*")
    assert str(aside) in said
    assert contents(aside) == {name: b"mine"}
    assert names_in(held / "tutti.sqlite3") == ["ada"]


def test_what_a_start_makes_is_nothing_to_lose(tutti: Tutti, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "fresh" / "objects" / "covers").mkdir(parents=True)
    tutti("restore", saved, "--data-dir", tmp_path / "fresh").said()


def test_restoring_twice_within_a_second_keeps_both(tutti: Tutti, saved: Path, filled: Path) -> None:
    tutti("restore", saved, "--force").said()
    tutti("restore", saved, "--force").said()
    assert len(list(filled.glob("replaced-*"))) == 2


def test_what_is_no_backup_is_refused(tutti: Tutti, tmp_path: Path) -> None:
    other = tmp_path / "other.tar.gz"
    with tarfile.open(other, "w:gz") as tar:
        tar.add(__file__, "music.py")
    (tmp_path / "text").write_text("a song")
    (tmp_path / "empty").touch()
    for file in (other, tmp_path / "text", tmp_path / "empty"):
        assert f"{file} is not a whole Tutti backup" in tutti("restore", file, "--data-dir", tmp_path / "new").refusal()
    for file in (tmp_path / "none", tmp_path):
        assert str(file) in tutti("restore", file, "--data-dir", tmp_path / "new").refusal()
    assert contents(tmp_path / "new") == {}


def test_a_file_that_the_backup_does_not_name_is_refused(tutti: Tutti, saved: Path, tmp_path: Path) -> None:
    longer = tmp_path / "longer.tar.gz"
    with tarfile.open(saved) as old, tarfile.open(longer, "w:gz") as new:
        for member in old:
            new.addfile(member, old.extractfile(member))
        new.add(__file__, "secrets/mine.py")
    assert "secrets/mine.py" in tutti("restore", longer, "--data-dir", tmp_path / "new").refusal()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255), cut=st.booleans())
def test_a_damaged_backup_changes_nothing(
    tutti: Tutti, saved: Path, filled: Path, where: float, change: int, cut: bool
) -> None:
    content = bytearray(saved.read_bytes())
    at = int(where * len(content))
    content[at] ^= change
    damaged = saved.with_name("damaged.tar.gz")
    damaged.write_bytes(content[:at] if cut else content)
    before = contents(filled)
    ran = tutti("restore", damaged, "--force")
    if ran.code == 0:  # the damage was where nothing is read: a time stamp, the padding behind the end
        assert {name: content for name, content in contents(filled).items() if name in KEPT} == KEPT
        assert names_in(filled / "tutti.sqlite3") == ["ada"]
    else:
        assert str(damaged) in ran.refusal()
        assert contents(filled) == before


def test_while_a_server_runs_nothing_is_restored(tutti: Tutti, saved: Path, filled: Path) -> None:
    before = contents(filled)
    with (filled / "serve.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "Stop it" in tutti("restore", saved, "--force").refusal()
    assert contents(filled) == before


def test_with_postgres_its_own_tools_are_named(tutti: Tutti, tmp_path: Path) -> None:
    for command in ("backup", "restore"):
        said = tutti(command, tmp_path / "x", TUTTI_DATABASE_URL="postgresql://ada@localhost/x").refusal()
        assert "pg_dump" in said
