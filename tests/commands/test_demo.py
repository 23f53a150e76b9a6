"""`tutti demo --json`: progress for programs, and an end in order when they want no more of it."""

import json
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from commands.terminal import environ_of

LIMIT_S = 180


@contextmanager
def composing(data_dir: Path, folder: Path) -> Generator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """A writer that has told of its first track, with its standard output."""
    command = [sys.executable, "-m", "tutti", "demo", "--json", str(folder)]
    with subprocess.Popen(command, env=environ_of(data_dir), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            told = [json.loads(process.stdout.readline()) for _ in range(2)]
            assert [(each["tracks"], each["albums"]) for each in told] == [(0, 0), (1, 0)]
            assert told[0]["all_tracks"] > told[0]["all_albums"] > 1
            yield process, process.stdout
        finally:
            process.kill()


def leftovers(folder: Path) -> set[str]:
    """What is there besides whole albums."""
    return {path.name for path in folder.iterdir() if path.name.startswith(".")} - {".sizes.json"}


def test_told_to_stop_it_leaves_nothing_half_made(data_dir: Path, tmp_path: Path) -> None:
    with composing(data_dir, tmp_path / "demo") as (process, _):
        process.terminate()
        assert process.wait(LIMIT_S) == 128 + signal.SIGTERM
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert leftovers(tmp_path / "demo") == set()


def test_it_ends_with_whoever_listened(data_dir: Path, tmp_path: Path) -> None:
    with composing(data_dir, tmp_path / "demo") as (process, output):
        output.close()  # as when a server is killed
        assert process.wait(LIMIT_S) == 1
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
    assert leftovers(tmp_path / "demo") == set()
