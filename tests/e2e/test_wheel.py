"""The wheel: what it holds, and that it serves by itself, without the checkout, Node or anything on PATH."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from support.server import wait_for

pytestmark = pytest.mark.solo("is about the program as a file")

CHECKOUT = Path(__file__).parents[2]
BUILD_FILES = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE")
PAGE = "<!doctype html><title>stand-in</title>"
NPM = """#!/bin/sh
echo "$@" >> npm-calls
[ "$1" != run ] || { mkdir dist && printf 'built' > dist/index.html; }
exit %s
"""
ADDRESS = re.compile(r"plays at (http://\S+)\s")  # all of it: it may be read while it is written


def copy_checkout(into: Path) -> Path:
    """Copy what a clone holds that the build reads; the web app is not built in it."""
    ignored = shutil.ignore_patterns("__pycache__", "node_modules", "dist")
    for name in ("src", "migrations", "web"):
        shutil.copytree(CHECKOUT / name, into / name, ignore=ignored)
    for name in BUILD_FILES:
        shutil.copy(CHECKOUT / name, into / name)
    return into


def build(checkout: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", "built", "."]
    pip = {"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_CACHE_DIR": "1"}
    environ = os.environ | pip | environ
    return subprocess.run(command, cwd=checkout, env=environ, capture_output=True, text=True, timeout=300, check=False)


def path_with(folder: Path, npm: str | None) -> str:
    """A PATH on which there is no Node, or only this ``npm``."""
    folder.mkdir()
    for name in ("sh", "mkdir"):
        (folder / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    if npm is not None:
        (folder / "npm").write_text(npm)
        (folder / "npm").chmod(0o755)
    return str(folder)


@dataclass(frozen=True)
class Built:
    """A wheel and what it was built from."""

    wheel: Path
    checkout: Path

    def files(self, folder: str) -> dict[str, bytes]:
        root = self.checkout / folder
        found = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    checkout = copy_checkout(tmp_path_factory.mktemp("clone"))
    if (CHECKOUT / "web" / "dist" / "index.html").exists():
        shutil.copytree(CHECKOUT / "web" / "dist", checkout / "web" / "dist")
    else:
        (checkout / "web" / "dist").mkdir()
        (checkout / "web" / "dist" / "index.html").write_text(PAGE)
    for rubbish in ("migrations/__pycache__/env.pyc", "migrations/versions/__pycache__/x.pyc", "web/node_modules/x.js"):
        (checkout / rubbish).parent.mkdir(exist_ok=True)
        (checkout / rubbish).write_text("rubbish")
    ran = build(checkout)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (wheel,) = (checkout / "built").iterdir()
    return Built(wheel, checkout)


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh venv that holds the wheel alone; return its folder.

    The dependencies come from the interpreter of these tests by a .pth file: nothing is downloaded. That file only adds
    a folder to the end of the path. The .pth files *in* that folder are not read, which would be so with
    `--system-site-packages` or `site.addsitedir`, and one of them is the editable install of the checkout.
    """
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.EnvBuilder(with_pip=False).create(folder)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", folder / "bin" / "python"]
    subprocess.run([*pip, "install", "-q", "--no-deps", "--no-index", built.wheel], check=True, timeout=300)
    paths = sysconfig.get_paths()
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    (site / "dependencies.pth").write_text("\n".join({paths["purelib"], paths["platlib"]}) + "\n")
    return folder


@contextmanager
def serving(installed: Path, cwd: Path) -> Iterator[str]:
    """`tutti serve` of the wheel with an almost empty environment; yield its address."""
    environ = {"PATH": str(installed / "bin"), "TUTTI_PORT": "0", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    with (cwd / "said").open("w+") as said:
        process = subprocess.Popen(["tutti", "serve"], cwd=cwd, env=environ, stdout=said, stderr=subprocess.STDOUT)
        try:
            wait_for(lambda: ADDRESS.search((cwd / "said").read_text()), (cwd / "said").read_text, process)
            yield ADDRESS.findall((cwd / "said").read_text())[0]
        finally:
            process.terminate()
            assert process.wait(60) == 0


def test_the_wheel_holds_the_program_the_web_app_and_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        held = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}
    expected = {f"tutti/{name}": content for name, content in built.files("src/tutti").items()}
    expected |= {f"tutti/migrations/{name}": content for name, content in built.files("migrations").items()}
    expected |= {f"tutti/webapp/{name}": content for name, content in built.files("web/dist").items()}
    assert sorted(held) == sorted(expected)
    assert held == expected
    assert {"tutti/webapp/index.html", "tutti/migrations/env.py", "tutti/__main__.py"} < held.keys()


def test_the_wheel_names_its_licence_and_its_command(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        read = {Path(name).name: wheel.read(name).decode() for name in wheel.namelist() if ".dist-info/" in name}
    assert "License-Expression: AGPL-3.0-or-later" in read["METADATA"]
    assert "Requires-Python: >=3.11" in read["METADATA"]
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in read["LICENSE"]
    assert "tutti = tutti.__main__:main" in read["entry_points.txt"]


def test_the_wheel_alone_serves(built: Built, installed: Path, tmp_path: Path) -> None:
    with serving(installed, tmp_path) as address, httpx.Client(base_url=address, timeout=30) as client:
        web_app = built.files("web/dist")
        assert client.get("/").raise_for_status().content == web_app["index.html"]
        for name in web_app:
            assert client.get(f"/{name}").raise_for_status().content == web_app[name]
        document = client.get("/api/v1/openapi.json").raise_for_status().json()
        assert "/api/v1/albums" in document["paths"]
        assert client.get("/health/ready").status_code == 200
    assert (tmp_path / "data" / "tutti.sqlite3").exists()


def test_the_installed_command_is_that_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    asked = "import tutti, tutti.kit; print(tutti.__file__, tutti.kit.__file__)"
    environ = {"PATH": str(installed / "bin")}
    command = [installed / "bin" / "python", "-c", asked]
    said = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True).stdout
    assert all(Path(path).is_relative_to(installed) for path in said.split())


def test_without_node_the_build_says_what_it_needs(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "clone")
    ran = build(checkout, PATH=path_with(tmp_path / "bin", None))
    assert ran.returncode != 0
    said = ran.stdout + ran.stderr
    assert "needs Node 20 or newer" in said
    assert "Traceback" not in said
    assert list(checkout.glob("built/*")) == []


@pytest.mark.parametrize("exit_code", [0, 1])
def test_a_missing_web_app_is_built_first(tmp_path: Path, exit_code: int) -> None:
    checkout = copy_checkout(tmp_path / "clone")
    ran = build(checkout, PATH=path_with(tmp_path / "bin", NPM % exit_code))
    said = ran.stdout + ran.stderr
    calls = (checkout / "web" / "npm-calls").read_text().splitlines()
    if exit_code:
        assert ran.returncode != 0
        assert "could not be built: `npm ci" in said
        assert "Traceback" not in said
        assert len(calls) == 1
    else:
        assert ran.returncode == 0, said
        assert [call.split()[0] for call in calls] == ["ci", "run"]
        (wheel,) = (checkout / "built").iterdir()
        with zipfile.ZipFile(wheel) as held:
            assert held.read("tutti/webapp/index.html") == b"built"
