"""Requests that are counted by the minute."""

from types import SimpleNamespace

import pytest

_TEN_SECONDS_PAST = 1_800_000_010.0


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all that a test asks be asked in one minute: one more request is allowed soon after the next one begins."""
    clock = SimpleNamespace(time=lambda: _TEN_SECONDS_PAST)
    monkeypatch.setattr("limits.aio.storage.memory.time", clock)
    monkeypatch.setattr("tutti.kit.limits.counting.time", clock)
