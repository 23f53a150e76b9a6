"""``tutti library`` and ``tutti scan``."""

import os
from pathlib import Path

import pytest
from bench.library import generate

from commands.terminal import Tutti

TRACKS = 12


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("scanned") / "music"
    generate(root, tracks=TRACKS, seed=5)
    return root


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    (folder / "inside").mkdir(parents=True)
    return folder


def test_a_library_is_added_listed_and_scanned(tutti: Tutti, generated: Path) -> None:
    assert "Next: tutti scan mine" in tutti("library", "add", "mine", generated).said()
    assert f"mine: done. {TRACKS} added" in tutti("scan", "mine").said()
    assert tutti("scan").said() == f"mine: done. {TRACKS} unchanged\n"
    assert tutti("scan", "mine", "--full").said() == f"mine: done. {TRACKS} changed\n"
    listed = tutti("library", "list").said().splitlines()
    assert listed[0].split()[:3] == ["Name", "Folder", "Tracks"]
    assert listed[1].split() == ["mine", str(generated), str(TRACKS), "0", "0"]


def test_json_says_the_same(tutti: Tutti, generated: Path) -> None:
    added = tutti("library", "add", "mine", generated, "--json").json()
    assert (added["name"], added["path"]) == ("mine", str(generated))
    (scan,) = tutti("scan", "--json").json()
    assert (scan["libraryId"], scan["state"], scan["counts"]["added"]) == (added["id"], "done", TRACKS)
    (full,) = tutti("scan", added["id"], "--full", "--json").json()
    assert (full["full"], full["counts"]["changed"]) == (True, TRACKS)
    (listed,) = tutti("library", "list", "--json").json()
    assert (listed["id"], listed["trackCount"]) == (added["id"], TRACKS)


def test_a_relative_path_is_one_from_here(tutti: Tutti, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(music.parent)
    assert tutti("library", "add", "mine", "music", "--json").json()["path"] == str(music)


def test_names_are_no_markup(tutti: Tutti, music: Path) -> None:
    assert "[/red] [b]x[/b] is" in tutti("library", "add", "[/red] [b]x[/b]", music).said()
    assert "[/red] [b]x[/b]: done" in tutti("scan").said()
    assert "[/red] [b]x[/b]" in tutti("library", "list").said()
    assert "[/red] [b]x[/b]" in tutti("scan", "[/]").refusal()


def test_long_paths_stay_on_one_line(tutti: Tutti, tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*(f"{number:0>60}" for number in range(3)))
    folder.mkdir(parents=True)
    assert tutti("library", "add", "m" * 90, folder).said().count("\n") == 1
    assert str(folder) in tutti("library", "list").said()


def test_a_folder_that_is_not_there_is_named(tutti: Tutti, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert str(missing) in tutti("library", "add", "mine", missing).refusal()
    (tmp_path / "file").touch()
    tutti("library", "add", "mine", tmp_path / "file").refusal()


def test_folders_that_clash_are_refused(tutti: Tutti, music: Path, data_dir: Path) -> None:
    tutti("library", "add", "mine", music).said()
    assert str(music) in tutti("library", "add", "again", music).refusal()
    assert str(music) in tutti("library", "add", "inside", music / "inside").refusal()
    assert "own data" in tutti("library", "add", "around", music.parent).refusal()
    assert "own data" in tutti("library", "add", "state", data_dir).refusal()


def test_a_name_that_is_taken_or_none_is_refused(tutti: Tutti, music: Path) -> None:
    tutti("library", "add", "mine", music / "inside").said()
    other = music.parent / "other"
    other.mkdir()
    assert "'MINE'" in tutti("library", "add", "MINE", other).refusal()
    for name in ("", "  ", "x" * 501):
        assert "1 to 500 characters" in tutti("library", "add", name, other).refusal()


def test_a_path_that_is_no_text_is_refused(tutti: Tutti, tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    folder.mkdir()
    assert "not UTF-8" in tutti("library", "add", "mine", folder).refusal()


def test_what_cannot_be_scanned_is_said(tutti: Tutti, music: Path) -> None:
    assert "tutti library add" in tutti("scan").refusal()
    assert tutti("library", "list").said() == "There are no libraries yet. Next: tutti library add NAME PATH\n"
    assert tutti("library", "list", "--json").json() == []
    tutti("library", "add", "mine", music).said()
    assert tutti("scan", "yours").refusal() == "There is no library yours. There are: mine."


def test_a_scan_that_fails_leaves_with_one(tutti: Tutti, generated: Path, tmp_path: Path) -> None:
    link = tmp_path / "disk"
    link.mkdir()
    (link / "song.txt").touch()
    tutti("library", "add", "mine", link).said()
    (link / "song.txt").unlink()
    link.rmdir()
    ran = tutti("scan", "mine", "--json")
    assert ran.code == 1
    assert '"state": "failed"' in ran.out
    ran = tutti("scan", "mine")
    assert (ran.code, ran.out.startswith("mine: failed.")) == (1, True)
