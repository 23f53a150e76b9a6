"""Where files of the demo library are made."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tutti.demo.shelf import Shelf


def test_a_worker_that_outlives_a_killed_run_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / ".partial/old"
    old.mkdir(parents=True)
    remove = shutil.rmtree

    def remove_all_but_the_latest(folder: Path, **kwargs: Any) -> None:
        remove(folder, **kwargs)
        old.mkdir(parents=True)
        (old / "0-1-1").write_bytes(b"half")

    monkeypatch.setattr(shutil, "rmtree", remove_all_but_the_latest)
    with Shelf(tmp_path).workshop() as folder:
        assert list(folder.iterdir()) == []
        monkeypatch.undo()
    assert not (tmp_path / ".partial").exists()
