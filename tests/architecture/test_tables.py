"""Rule 5: a service touches only its own tables; no foreign key crosses a prefix."""

import importlib
import re
from pathlib import Path

import tutti.main  # noqa: F401  registers every table
from tutti.kit.db import metadata

SERVICES = Path(__file__).parents[2] / "src/tutti/services"
KIT_PREFIXES = {"events", "exclusive", "idempotency", "schedules", "secrets"}


def prefix(table: str) -> str:
    return table.split("_", 1)[0]


def test_every_table_is_named_after_its_service() -> None:
    services = {p.name for p in SERVICES.iterdir() if p.is_dir()}
    assert metadata.tables
    assert {prefix(name) for name in metadata.tables} <= services | KIT_PREFIXES


def test_no_foreign_key_crosses_a_prefix() -> None:
    crossing = [
        f"{table.name} -> {key.column.table.name}"
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if prefix(table.name) != prefix(key.column.table.name)
    ]
    assert crossing == []


def test_a_service_names_no_table_of_another() -> None:
    tables = sorted(metadata.tables)
    strangers: list[str] = []
    for path in SERVICES.rglob("*.py"):
        service = path.relative_to(SERVICES).parts[0]
        words = set(re.findall(r"\b[a-z]+_[a-z_]+\b", path.read_text("utf-8")))
        strangers += [f"{path.name}: {t}" for t in tables if t in words and prefix(t) != service]
    assert strangers == []


def test_tables_are_defined_where_they_belong() -> None:
    for service in (p for p in SERVICES.iterdir() if (p / "tables.py").exists() or (p / "tables").is_dir()):
        importlib.import_module(f"tutti.services.{service.name}.tables")
        assert any(prefix(name) == service.name for name in metadata.tables)
