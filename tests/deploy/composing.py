"""The compose files, read."""

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "deploy" / "compose"
SOLO, SPLIT, TLS = (FOLDER / f"compose{name}.yaml" for name in ("", ".split", ".tls"))


class Loader(yaml.SafeLoader):
    """Knows compose's tags for lists that replace others rather than being added."""


Loader.add_constructor("!override", lambda loader, node: loader.construct_sequence(node))


def load(path: Path) -> dict[str, Any]:
    """Read one of them, or any other YAML."""
    return yaml.load(path.read_text(), Loader)
