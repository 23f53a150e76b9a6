"""`tutti` as the shell sees it: a process of its own with its streams, signals and exit codes."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from bench.library import generate

from commands.terminal import Tutti, environ_of, shell
from support.server import running_server, wait_for

TRACKS = 400
SLOWLY = """
CREATE TRIGGER slowly BEFORE INSERT ON catalog_tracks BEGIN
    SELECT count(*) FROM (
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150000) SELECT i FROM n
    );
END
"""
"""So that a scan takes long enough to be stopped in the middle, even if who stops it stands still for a while."""
LATE = ("numpy", "opentelemetry", "mutagen", "asyncpg", "tutti.demo")
"""What only some commands and requests need, and would make each start slower and each server larger."""


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("entry") / "music"
    generate(root, tracks=TRACKS, seed=8)
    return root


def test_an_error_is_one_line_on_standard_error(data_dir: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert str(missing) in shell("library", "add", "mine", missing, data_dir=data_dir).refusal()


def test_what_is_logged_does_not_spoil_the_output(data_dir: Path) -> None:
    ran = shell("library", "list", "--json", data_dir=data_dir, TUTTI_SLOW_QUERY_MS="0", TUTTI_LOG_FORMAT="json")
    assert ran.code == 0
    assert json.loads(ran.out) == []
    lines = [json.loads(line) for line in ran.err.splitlines()]
    assert "slow query" in {line["event"] for line in lines}


def test_a_reader_that_leaves_early_is_no_error(data_dir: Path) -> None:
    command = [sys.executable, "-m", "tutti", "config"]
    with subprocess.Popen(command, env=environ_of(data_dir), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_serving_loads_nothing_that_it_does_not_need() -> None:
    asked = f"import sys, tutti.commands; print(sorted(set({LATE}) & sys.modules.keys()))"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_help_and_version(tutti: Tutti) -> None:
    commands = ("backup", "config", "demo", "events", "library", "migrate", "move", "restore", "scan", "serve", "user")
    for said in (tutti().said(), tutti("--help").said()):
        assert all(command in said for command in commands)
    assert "--password-stdin" in tutti("user", "create", "--help").said()
    assert tutti("--version").said().count(".") == 2


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (["nope"], "tutti --help"),
        (["scan", "--nope"], "tutti scan --help"),
        (["library", "add", "[/x]"], "tutti library add --help"),
        (["serve", "--port", "four"], "tutti serve --help"),
        (["--data-dir"], "tutti --help"),
    ],
)
def test_what_is_mistyped_is_told_where_help_is(tutti: Tutti, tokens: list[str], told: str) -> None:
    assert told in tutti(*tokens).misuse()


def test_ctrl_c_stops_a_scan_and_the_next_goes_on(data_dir: Path, music: Path, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    shell("library", "add", "mine", music, data_dir=data_dir).said()
    shell("library", "add", "second", tmp_path / "second", data_dir=data_dir).said()
    change(data_dir, SLOWLY)
    slow = environ_of(
        data_dir, TUTTI_CATALOG_SCAN_CHUNK="1", TUTTI_CATALOG_SCAN_BATCH="1", TUTTI_CATALOG_SCAN_WORKERS="1"
    )
    command = [sys.executable, "-m", "tutti", "scan"]
    with subprocess.Popen(
        command, env=slow, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        wait_for(lambda: count_tracks(data_dir) > 5, lambda: "nothing was scanned", process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers get it too
        said, errors = process.communicate(timeout=180)
    assert (process.returncode, errors) == (130, "")
    assert said.startswith("mine: cancelled.")
    assert "second" not in said
    assert 5 < count_tracks(data_dir) < TRACKS
    change(data_dir, "DROP TRIGGER slowly")
    shell("scan", data_dir=data_dir).said()
    assert count_tracks(data_dir) == TRACKS


def change(data_dir: Path, statement: str) -> None:
    with closing(sqlite3.connect(data_dir / "tutti.sqlite3")) as db, db:
        db.execute(statement)


def count_tracks(data_dir: Path) -> int:
    with closing(sqlite3.connect(data_dir / "tutti.sqlite3")) as db:
        return db.execute("SELECT count(*) FROM catalog_tracks").fetchone()[0]


def test_ctrl_c_ends_a_server(data_dir: Path) -> None:
    with running_server(data_dir) as server:
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(90) == 0
        server.stop()
    assert "Traceback" not in "".join(server.output)


def test_the_demo_is_written_where_it_should(data_dir: Path) -> None:
    added = f"tutti library add Demo {data_dir / 'demo'}"
    assert added in shell("demo", data_dir=data_dir).said()
    assert (
        len([path for path in (data_dir / "demo").rglob("*") if path.suffix in {".mp3", ".flac", ".opus", ".m4a"}]) > 11
    )
    shell(*added.split()[1:], data_dir=data_dir).said()
