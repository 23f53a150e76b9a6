"""``PYTHONPATH=tests python -m support.event_schemas``: write docs/events/ anew, where that is allowed."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tutti.kit.events.event import Event
from tutti.kit.events.snapshots import write_snapshots
from tutti.kit.settings import Settings
from tutti.main import build_process

FOLDER = Path(__file__).parents[2] / "docs" / "events"
COMMAND = "PYTHONPATH=tests .venv/bin/python -m support.event_schemas"


def event_types() -> Sequence[type[Event]]:
    """Every event that any service tells or hears."""
    with tempfile.TemporaryDirectory() as folder:
        return build_process(Settings({"TUTTI_DATA_DIR": folder})).events.types


if __name__ == "__main__":
    for path in write_snapshots(event_types(), FOLDER):
        sys.stdout.write(f"wrote {path.name}\n")
