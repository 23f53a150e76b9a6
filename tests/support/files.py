"""Looking at files that a running server may take away while one looks."""

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest


def entries_of(folder: Path) -> list[Path]:
    """What lies directly in a folder, in order; nothing where there is no such folder."""
    with suppress(FileNotFoundError):
        return sorted(folder.iterdir())
    return []


def bytes_of(paths: Iterable[Path]) -> int:
    """How large files are together; one that is gone has no bytes."""
    found = 0
    for path in paths:
        with suppress(FileNotFoundError):
            found += path.stat().st_size
    return found


def vanishing(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let a folder go in the moment between its being found and its being opened."""
    scandir = os.scandir

    def late(path: str | Path | int) -> object:
        if not isinstance(path, int) and Path(path) == folder:  # a number is a folder that is open, being removed
            shutil.rmtree(folder)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", late)
