"""Rule 9: small files, and the names of the tree."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMITS = {".py": 400, ".ts": 250, ".tsx": 250, ".css": 250}
GENERATED = {"web/src/lib/api/schema.d.ts"}
SERVICE_FILES = {"__init__", "api", "tables", "repository", "service", "routes", "handlers", "module"}
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "data"}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def test_no_file_is_longer_than_its_limit() -> None:
    sources = [p for p in tracked(*(f"*{s}" for s in LIMITS)) if str(p.relative_to(ROOT)) not in GENERATED]
    assert len(sources) > 20
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources
        if (lines := len(path.read_text("utf-8").splitlines())) > LIMITS[path.suffix]
    }
    assert long == {}


@pytest.mark.parametrize("service", sorted(p.name for p in (ROOT / "src/tutti/services").iterdir() if p.is_dir()))
def test_a_service_holds_only_the_files_of_the_house(service: str) -> None:
    if service == "__pycache__":
        return
    found = {p.stem for p in (ROOT / "src/tutti/services" / service).iterdir() if p.name != "__pycache__"}
    assert found <= SERVICE_FILES


def test_no_file_is_named_after_nothing() -> None:
    named = {str(p.relative_to(ROOT)) for p in tracked("*.py", "*.ts", "*.tsx") if p.stem in BANNED_NAMES}
    assert named == set()
