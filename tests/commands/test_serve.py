"""`tutti serve` that cannot start, or runs only a part."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from commands.terminal import Tutti, shell
from support.server import running_server, wait_for

ADDRESS = re.compile(r"plays at (http://\S+)")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def serving(*services: str, data_dir: Path) -> Iterator[str]:
    """`tutti serve` with some services only; yield its address."""
    said = data_dir.parent / "said"
    environ = os.environ | {"NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "tutti", "serve", *services, "--port", "0", "--data-dir", str(data_dir)]
    with said.open("w") as output:
        process = subprocess.Popen(command, env=environ, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_for(lambda: ADDRESS.search(said.read_text()), said.read_text, process)
        yield ADDRESS.findall(said.read_text())[0]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0, said.read_text()


def test_a_port_that_is_taken_is_named(data_dir: Path, taken: int) -> None:
    said = shell("serve", "--port", str(taken), data_dir=data_dir).refusal()
    assert str(taken) in said
    assert "--port" in said


def test_an_address_that_is_not_ours_is_named(data_dir: Path) -> None:
    for host in ("192.0.2.1", "[/x]"):
        said = shell("serve", "--host", host, "--port", "0", data_dir=data_dir).refusal()
        assert host in said
        assert "--host" in said


def test_a_port_that_cannot_be_is_refused(tutti: Tutti) -> None:
    assert "TUTTI_PORT" in tutti("serve", "--port", "65536").refusal()


def test_a_data_folder_has_one_server(tutti: Tutti, data_dir: Path) -> None:
    with running_server(data_dir) as server:
        said = tutti("serve", "--port", "0").refusal()
        assert str(data_dir) in said
        assert "--data-dir" in said
        with server.client(server.set_up()) as client:
            client.get("/me").raise_for_status()
        assert "name" in tutti("user", "create", "ada", "--password-stdin", stdin="correct horse\n").refusal()


def test_a_database_of_a_newer_version_is_left_alone(tutti: Tutti, data_dir: Path) -> None:
    with closing(sqlite3.connect(data_dir / "tutti.sqlite3")) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.execute("UPDATE schema_floor SET revision = '9999'")  # and what it took away, this version needs
    for tokens in (["serve", "--port", "0"], ["migrate"], ["library", "list"]):
        said = tutti(*tokens).refusal()
        assert "9999" in said
        assert "newer" in said
    with closing(sqlite3.connect(data_dir / "tutti.sqlite3")) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


def test_services_are_chosen_by_name(tutti: Tutti) -> None:
    assert "There are: accounts, catalog" in tutti("serve", "[/x]").refusal()
    assert "Name it too" in tutti("serve", "streaming", "--port", "0").refusal()


@pytest.mark.parametrize("services", [["accounts"], ["catalog"], ["accounts", "catalog", "playback"]])
def test_a_part_serves_what_it_has(data_dir: Path, services: list[str]) -> None:
    with serving(*services, data_dir=data_dir) as address, httpx.Client(base_url=address, timeout=30) as client:
        # Without accounts, here or elsewhere, nobody can show who they are.
        expected = set[str]() if "accounts" in services else {"trust"}
        wait_for(
            lambda: client.get("/health/ready").json()["problems"].keys() == expected,
            lambda: client.get("/health/ready").text,
        )
        paths = client.get("/api/v1/openapi.json").raise_for_status().json()["paths"]
    assert ("/api/v1/me" in paths) == ("accounts" in services)
    assert ("/api/v1/albums" in paths) == ("catalog" in services)
    assert "/api/v1/stream/{trackId}" not in paths


def test_one_of_several_processes_names_what_it_lacks(tutti: Tutti, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTTI_CLUSTER_SECRETS", "s" * 32)
    monkeypatch.setenv("TUTTI_DATABASE_URL", "postgresql://nobody@localhost:1/none")
    said = tutti("serve", "playback", "--port", "0").refusal()
    assert "TUTTI_DATABASE_URL:" not in said
    assert all(f"TUTTI_{name}_URL:" in said for name in ("NATS", "REDIS", "STORAGE"))


def test_a_server_told_to_stop_is_unready_first(data_dir: Path) -> None:
    with (
        running_server(data_dir, TUTTI_DRAIN_S="60") as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: client.get("/health/ready").status_code == 503, lambda: "it stays ready")
        assert client.get("/health/ready").json()["problems"] == {"server": "stopping"}
        assert client.get("/health/live").status_code == 200
        assert server.stop() == 0
