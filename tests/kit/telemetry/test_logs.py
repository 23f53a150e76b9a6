"""Logs: one form for everybody, the trace in every line, no secrets."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs

from tutti.kit.telemetry import set_up_logs
from tutti.kit.trace import enter_trace


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    set_up_logs("info", "json", stream)
    yield stream
    root.handlers, root.level = handlers, level


def written(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_logs_set_up_again_are_still_captured(lines: io.StringIO) -> None:
    log = structlog.get_logger("tutti.x")
    log.warning("before")
    set_up_logs("info", "json", lines)
    with capture_logs() as captured:
        log.warning("after")
    assert [line["event"] for line in captured] == ["after"]


def test_ours_and_theirs_look_alike_and_carry_the_trace(lines: io.StringIO) -> None:
    trace = enter_trace()[3:35]
    structlog.get_logger("tutti.x").warning("one", count=2)
    logging.getLogger("library").warning("two %s", "!")
    one, two = written(lines)
    assert (one["event"], one["count"], one["logger"]) == ("one", 2, "tutti.x")
    assert two["event"] == "two !"
    assert one["trace_id"] == two["trace_id"] == trace
    assert one["level"] == two["level"] == "warning"


@pytest.mark.parametrize(
    "said",
    [
        {"password": "hunter22"},
        {"refresh_token": "hunter22"},
        {"headers": {"Authorization": "Bearer hunter22"}},
        {"url": "/stream/1/direct?sig=hunter22&format=opus"},
        {"text": "Authorization: Bearer hunter22"},
        {"tried": ["tutti_hunter22hunter22"]},
        {"query": "u=a&t=hunter22&s=hunter22"},
    ],
)
def test_a_secret_is_not_written(lines: io.StringIO, said: dict[str, object]) -> None:
    structlog.get_logger("tutti.x").warning("said", **said)
    assert "hunter22" not in lines.getvalue()
    assert len(written(lines)) == 1


def test_a_secret_in_a_traceback_is_not_written(lines: io.StringIO) -> None:
    try:
        raise ValueError("GET /x?sig=hunter22")
    except ValueError:
        structlog.get_logger("tutti.x").exception("failed")
    assert "hunter22" not in lines.getvalue()
    assert "ValueError" in lines.getvalue()


def test_a_traceback_on_a_terminal_shows_no_values(lines: io.StringIO) -> None:
    stream = io.StringIO()
    set_up_logs("info", "console", stream)
    password = "hunter" + "2"
    try:
        _break(password)
    except RuntimeError:
        structlog.get_logger("tutti.x").exception("broken")
    assert "RuntimeError" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()


def _break(password: str) -> None:
    raise RuntimeError("no")
