"""The workflow: actions that cannot change under us, no more rights than each job needs, targets that exist."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yaml"
JOBS: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text())["jobs"]
RIGHTS = {"images": {"contents": "read", "packages": "write"}, "release": {"contents": "write"}}


def steps() -> list[dict[str, Any]]:
    return [step for job in JOBS.values() for step in job["steps"]]


def test_actions_are_pinned_by_commit_with_their_version_beside() -> None:
    for line in re.findall(r"^.*\buses: .*$", WORKFLOW.read_text(), re.MULTILINE):
        assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


@pytest.mark.parametrize("name", list(JOBS))
def test_a_job_may_do_what_it_needs(name: str) -> None:
    job = JOBS[name]
    assert job["permissions"] == RIGHTS.get(name, {"contents": "read"})
    assert job["timeout-minutes"] <= 120
    assert job["runs-on"] != "ubuntu-latest"


def test_nothing_is_allowed_beforehand_and_no_token_stays_on_disk() -> None:
    assert yaml.safe_load(WORKFLOW.read_text())["permissions"] == {}
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) == len(JOBS)
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_what_others_say_is_no_part_of_a_script() -> None:
    """Names of branches and titles of pull requests would be run (script injection); they come by the environment."""
    for step in steps():
        assert "${{" not in step.get("run", ""), step


def test_what_is_published_was_tested() -> None:
    assert set(JOBS["images"]["needs"]) == set(JOBS) - {"images", "release"}
    assert JOBS["release"]["needs"] == ["images"]


def test_what_tests_need_is_installed_as_in_the_gate() -> None:
    """But for what runners have already: a PostgreSQL."""
    gate = (ROOT / ".ci" / "run").read_text()
    needed = set(re.findall(r'missing="\$missing (\S+)"', gate)) - {"postgresql"}
    (said,) = [step["run"] for step in JOBS["test"]["steps"] if "apt-get install" in step.get("run", "")]
    installed = set(said.replace("chromium-browser", "chromium").split())
    assert {"libfaketime", "pgbouncer"} < needed <= installed


def test_commands_and_files_that_are_named_exist() -> None:
    said = "\n".join(step.get("run", "") for step in steps())
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", said)) <= targets
    for path in re.findall(r"\bdeploy/[\w./-]+", said):
        assert (ROOT / path).exists(), path
    stages = set(re.findall(r" AS (\w+)$", (ROOT / "deploy/docker/Dockerfile").read_text(), re.MULTILINE))
    assert {each["target"] for each in JOBS["images"]["strategy"]["matrix"]["include"]} <= stages
