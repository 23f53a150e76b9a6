"""What the images are made of and how they start, as far as that can be told without a container engine."""

import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "deploy" / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
LATEST = re.compile(r":latest$|^[^:]+$")


def stages() -> dict[str, str]:
    """The instructions of each stage by its name."""
    parts = re.split(r"^FROM \S+ AS (\w+)\n", DOCKERFILE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_base_images_are_named_by_version() -> None:
    images = re.findall(r"^ARG \w+_IMAGE=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert len(images) == 4
    assert not [image for image in images if LATEST.search(image)]
    assert re.findall(r"^FROM (?!\$\{|scratch )", DOCKERFILE, re.MULTILINE) == []


@pytest.mark.parametrize("stage", ["tutti", "gateway"])
def test_nobody_runs_as_root_and_health_is_looked_at(stage: str) -> None:
    instructions = stages()[stage]
    assert int(re.findall(r"^USER (\d+):\d+$", instructions, re.MULTILINE)[-1]) > 0
    assert "HEALTHCHECK" in instructions
    assert "org.opencontainers.image.licenses" in instructions


def test_all_that_is_copied_is_there_and_not_left_out() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored, "what is not named stays out: data folders, secrets"
    allowed = [line[1:] for line in ignored if line.startswith("!")]
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    for source in copied:
        path = source.rstrip("/")
        assert (ROOT / path).exists(), path
        assert any(path == each or path.startswith(f"{each}/") for each in allowed), path


def test_the_wheel_needs_nothing_that_is_not_copied() -> None:
    """hatch_build.py and pyproject.toml name files; the build would miss them in the image alone."""
    packages = stages()["packages"]
    for needed in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "src/", "migrations/", "web/dist"):
        assert needed in packages, needed
    locked = (ROOT / "requirements" / "run.txt").read_text()
    assert re.search(r"^hatchling==", locked, re.MULTILINE), "the build asks no registry"


class _Health(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/health/ready" else 404)
        self.end_headers()
        self.wfile.write(b'{"status":"unavailable","problems":{"database":"away"}}')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
        """Nothing to say."""


@pytest.fixture(params=[200, 503])
def answering(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """A port, and the status that is answered there."""
    server = HTTPServer(("127.0.0.1", 0), type("Handler", (_Health,), {"status": request.param}))
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_address[1], request.param
    server.shutdown()
    thread.join()
    server.server_close()


def check_health(port: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(DOCKER / "healthcheck.py")]
    return subprocess.run(command, env={"TUTTI_PORT": str(port)}, capture_output=True, text=True, check=False)


def test_health_is_told_by_the_exit_code(answering: tuple[int, int]) -> None:
    port, status = answering
    done = check_health(port)
    assert done.returncode == (0 if status == 200 else 1)
    assert status == 200 or "database" in done.stderr


def test_a_process_that_is_not_there_is_not_healthy() -> None:
    done = check_health(1)
    assert done.returncode == 1
    assert "does not answer" in done.stderr


@pytest.mark.parametrize("script", ["build-ffmpeg.sh", "trim.sh"])
def test_scripts_can_be_read_by_the_shell(script: str) -> None:
    assert (DOCKER / script).stat().st_mode & 0o111
    subprocess.run(["sh", "-n", str(DOCKER / script)], check=True)
    assert "set -eu" in (DOCKER / script).read_text()
