"""The commands of the compose files and of the chart as plain processes: they are understood, and start far enough."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml

from deploy.test_chart import VARIANTS, pods, render, values_of
from deploy.test_compose import SOLO, SPLIT, TLS, VARIABLE, load
from support.nginx import find_nginx
from support.server import running_server
from tutti.commands import main

FILLED = {"TUTTI_SERVER_NAME": "music.example", "TUTTI_PUBLIC_URL": "https://music.example"}


def compose_commands() -> list[tuple[str, list[str]]]:
    """Every command that the image of the services is given."""
    return [
        (f"{path.stem}: {name}", [VARIABLE.sub(fill, word) for word in service["command"]])
        for path in (SOLO, SPLIT, TLS)
        for name, service in load(path)["services"].items()
        if service.get("command") and service["command"][0] in {"serve", "migrate", "nginx"}
    ]


def fill(found: Any) -> str:
    return FILLED.get(found[1], found[3] or "filled-in")


def chart_commands() -> list[tuple[str, list[str]]]:
    found = pods(render(values_of("everything")))
    assert VARIANTS
    return [
        (f"chart: {name}", container["args"])
        for name, pod in found.items()
        for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
        if container["args"][0] in {"serve", "migrate", "nginx"}
    ]


COMMANDS = dict([*compose_commands(), *chart_commands()])


def run(arguments: list[str], **settings: str) -> int:
    """Run a command line here, with no settings but these; return its exit code."""
    with mock.patch.dict(os.environ, settings, clear=True), pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def printed(arguments: list[str], output: Path) -> str:
    """What such a command writes; it is understood as the command line understands it."""
    chosen = [f"--output={output}" if part.startswith("--output=") else part for part in arguments]
    assert run(chosen, TUTTI_STORAGE_URL="s3://tutti") == 0
    return output.read_text()


@pytest.mark.parametrize("where", [name for name, command in COMMANDS.items() if command[0] == "nginx"])
def test_nginx_takes_what_is_printed(where: str, tmp_path: Path) -> None:
    """Folders and names are those of containers; they are put here, and asked of nobody."""
    config, run_dir = tmp_path / "nginx.conf", tmp_path / "run"
    run_dir.mkdir()
    # What only a newer nginx would take, or one with these files.
    elsewhere = ("--resolver", "--tls-certificate", "--tls-key", "--upstream", "--storage", "--run-dir")
    chosen = [part for part in COMMANDS[where] if part.partition("=")[0] not in elsewhere]
    here = ["--upstream=127.0.0.1:4600", "--storage=127.0.0.1:8333", f"--run-dir={run_dir}"]
    printed([*chosen, *here], config)
    command = [find_nginx(), "-t", "-p", str(tmp_path), "-c", str(config)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "test is successful" in checked.stderr, checked.stderr


@pytest.mark.parametrize("where", [name for name, command in COMMANDS.items() if command[0] == "nginx"])
def test_its_command_is_understood_whole(where: str, tmp_path: Path) -> None:
    assert "listen 0.0.0.0:8" in printed(COMMANDS[where], tmp_path / "nginx.conf")


@pytest.mark.parametrize(
    "service", sorted({command[1] for command in COMMANDS.values() if command[1:] and command[0] == "serve"})
)
def test_a_part_of_the_services_says_what_it_needs(
    service: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Far enough: the command is understood, the settings are read, and what is missing is said in a sentence."""
    assert run(["serve", service], TUTTI_DATA_DIR=str(tmp_path), TUTTI_CLUSTER_SECRETS="c" * 32) == 1
    assert "TUTTI_DATABASE_URL" in capsys.readouterr().err


def test_the_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    (command,) = {tuple(each) for each in COMMANDS.values() if each[0] == "migrate"}
    assert [run(list(command), TUTTI_DATA_DIR=str(tmp_path)) for _ in range(2)] == [0, 0]


def test_one_process_is_well_by_the_check_of_its_container(tmp_path: Path) -> None:
    compose = yaml.safe_load(SOLO.read_text())["services"]["tutti"]
    assert compose["command"] == ["serve"]
    check = compose["healthcheck"]["test"]
    script = Path(__file__).parents[2] / "deploy" / "docker" / "healthcheck.py"
    assert check == ["CMD", "python", "-I", "/opt/tutti/healthcheck.py"]
    with running_server(tmp_path / "data") as server:
        environ = {"TUTTI_PORT": server.url.rpartition(":")[2]}
        done = subprocess.run([sys.executable, "-I", str(script)], env=environ, check=False)
    assert done.returncode == 0
