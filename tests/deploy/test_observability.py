"""Dashboards and alerts speak of metrics that processes have, and every alert says what to do."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

ROOT = Path(__file__).parents[2]
WATCHING = ROOT / "deploy" / "observability"
RULES = sorted((WATCHING / "rules").glob("*.yaml"))
DASHBOARDS = sorted((WATCHING / "grafana" / "dashboards").glob("*.json"))
SCRAPED = {"up": {"job", "service", "instance"}}
ADDED_LABELS = {"job", "service", "instance", "le"}
"""What Prometheus itself puts on everything, and buckets have."""
WORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "bool", "offset"}


def rules() -> list[dict[str, Any]]:
    return [rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            yield f"{path.name}: {panel['title']}", panel


def expressions() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for name, panel in panels():
        for target in panel["targets"]:
            yield name, target["expr"]


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    """Labels by the name of each series that a process can have."""
    for path in (ROOT / "src").rglob("*.py"):
        if "prometheus_client" in path.read_text():
            import_module(".".join(path.relative_to(ROOT / "src").with_suffix("").parts))
    found: dict[str, set[str]] = dict(SCRAPED)
    for collector in list(REGISTRY._collector_to_names):
        labels = set(getattr(collector, "_labelnames", ()))
        for name in REGISTRY._collector_to_names[collector]:
            found[name] = labels
    return found | {rule["record"]: set() for rule in rules() if "record" in rule}


def names_in(expression: str) -> set[str]:
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on)\s*\([^)]*\)', " ", expression)
    return {
        found[1]
        for found in re.finditer(r"(?<![\w:.])([a-zA-Z_:][\w:]*)(?!\s*\(|[\w:])", bare)
        if found[1] not in WORDS
    }


def labels_in(expression: str) -> set[str]:
    chosen = re.findall(r"[{,]\s*(\w+)\s*(?:=~|!~|!=|=)", re.sub(r'"[^"]*"', '""', expression))
    grouped = re.findall(r"\b(?:by|without)\s*\(([^)]*)\)", expression)
    return {*chosen, *(name.strip() for group in grouped for name in group.split(",") if name.strip())}


def test_the_reader_of_expressions_reads_them() -> None:
    expression = 'histogram_quantile(0.9, sum by (le, a) (rate(x_bucket{b=~"c,d",e!="f"}[5m]))) > 2e9 and y == 0'
    assert names_in(expression) == {"x_bucket", "y"}
    assert labels_in(expression) == {"le", "a", "b", "e"}


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_every_metric_is_one_that_processes_have(where: str, expression: str, known: dict[str, set[str]]) -> None:
    names = names_in(expression)
    assert names, where
    assert names - set(known) == set(), where
    labels = set().union(*(known[name] for name in names))
    assert labels_in(expression) - labels - ADDED_LABELS == set(), where


def test_every_alert_has_its_line_in_the_handbook() -> None:
    handbook = (ROOT / "docs" / "operations.md").read_text()
    chapter = handbook.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    told = re.findall(r"^\| `(Tutti\w+)` \|", chapter, re.MULTILINE)
    assert sorted(told) == sorted(rule["alert"] for rule in rules() if "alert" in rule)
    for rule in rules():
        if "alert" in rule:
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert rule["annotations"]["runbook"] == "docs/operations.md#alerts"
            assert rule["annotations"]["summary"]


def test_every_metric_has_its_line_in_the_handbook(known: dict[str, set[str]]) -> None:
    handbook = (ROOT / "docs" / "operations.md").read_text()
    table = handbook.partition("\n**Metrics**")[2].partition("\n## ")[0]
    lines = re.findall(r"^\| (`tutti_.*?) \|", table, re.MULTILINE)
    told = {name for line in lines for name in re.findall(r"`(tutti_\w+)", line)}
    families = [family for collector in list(REGISTRY._collector_to_names) for family in collector.collect()]
    shown = {each.name + ("_total" if each.type == "counter" else "") for each in families}
    assert told == {name for name in shown if name.startswith("tutti_")} and known


def test_a_job_that_waits_is_seen_where_jobs_wait(known: dict[str, set[str]]) -> None:
    (pile_up,) = [rule for rule in rules() if rule.get("alert") == "TuttiJobsPileUp"]
    assert names_in(pile_up["expr"]) == {"tutti_events_queued_age_seconds"}
    assert known["tutti_events_queued_age_seconds"] == {"consumer"}


def test_dashboards_are_whole() -> None:
    sources = yaml.safe_load((WATCHING / "grafana/provisioning/datasources/tutti.yaml").read_text())
    provisioned = {source["uid"] for source in sources["datasources"]}
    ids = [json.loads(path.read_text())["uid"] for path in DASHBOARDS]
    assert len(set(ids)) == len(ids) >= 3
    for name, panel in panels():
        assert panel["datasource"]["uid"] in provisioned, name
        assert panel["targets"], name


def test_prometheus_itself_takes_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here; it comes with Debian's prometheus")
    environ = {name: value for name, value in os.environ.items() if name == "PATH"}
    for path in RULES:
        done = subprocess.run([promtool, "check", "rules", str(path)], capture_output=True, text=True, env=environ)
        assert done.returncode == 0, done.stderr
