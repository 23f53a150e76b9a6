"""The workers that make the demo library, and what they start in turn."""

from pathlib import Path

import psutil
import pytest

from support.processes import name_of
from support.server import wait_for
from tutti.demo import crew
from tutti.demo.crew import Crew


def test_what_a_worker_has_started_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an ffmpeg would go on, and write into a folder that is being cleared."""
    started = tmp_path / "started"
    script = f'sleep 600 & echo $! > "{started}.part"; mv "{started}.part" "{started}"; wait'
    monkeypatch.setattr(crew, "_COMMAND", ("sh", "-c", script))
    with Crew(1, tmp_path):
        wait_for(started.exists, lambda: "it never began")
        child = psutil.Process(int(started.read_text()))
        wait_for(lambda: name_of(child) == "sleep", lambda: "it never began")
    wait_for(lambda: name_of(child) == "", lambda: "it goes on")
