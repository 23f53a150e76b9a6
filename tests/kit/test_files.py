"""Folders that change while they are walked through."""

from pathlib import Path

import pytest

from support.files import vanishing
from tutti.kit.files import files_below


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("one/a", "one/two/b", "three/c"):
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return tmp_path / "folder"


def test_every_file_is_found(folder: Path) -> None:
    assert {path.relative_to(folder).as_posix() for path in files_below(folder)} == {"one/a", "one/two/b", "three/c"}


def test_what_goes_meanwhile_is_left_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vanishing(monkeypatch, folder / "one" / "two")
    assert {path.name for path in files_below(folder)} == {"a", "c"}


def test_no_folder_holds_nothing(tmp_path: Path) -> None:
    assert list(files_below(tmp_path / "none")) == []


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        list(files_below(tmp_path / "file"))
