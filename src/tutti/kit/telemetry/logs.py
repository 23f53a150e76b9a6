"""Logs: JSON lines with the trace id, or readable ones on a terminal. Secrets are taken out on the way."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO, cast

import structlog

from tutti.kit.trace import current_trace_id

_SECRET_KEYS = re.compile(r"passw|secret|token|authorization|cookie|api_?key|^key$|^sig$|credential", re.IGNORECASE)
_SECRET_VALUES = re.compile(
    r"(?i)\b(bearer\s+|(?:sig|token|password|secret|api_?key|code|[tps])=)([^\s&\"'>]+)|(tutti_[\w-]{8,})"
)
_HIDDEN = "…"
_CHATTY = ("alembic", "httpx", "uvicorn", "websockets", "PIL", "watchfiles", "sqlalchemy", "asyncio")

Line = MutableMapping[str, Any]


def set_up_logs(level: str, form: str, stream: TextIO | None = None) -> None:
    """Send everything that is logged, ours and the libraries', to ``stream`` (standard error) in one form.

    ``form`` is ``json``, ``console`` or ``auto``: console where the stream is a terminal.
    """
    target = stream or sys.stderr
    readable = form == "console" or (form == "auto" and target.isatty())
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_BEFORE, processors=_last(readable)))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def hide_secrets(_logger: Any, _method: str, line: Line) -> Line:
    """Replace what no log may hold: values of telling names, and secrets inside texts (query strings, headers)."""
    for key, value in line.items():
        if _SECRET_KEYS.search(key):
            line[key] = _HIDDEN
        else:
            line[key] = _without_secrets(value)
    return line


def _without_secrets(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET_VALUES.sub(lambda found: (found[1] or "") + _HIDDEN, value)
    if isinstance(value, Mapping):
        return hide_secrets(None, "", dict(cast(Mapping[str, Any], value)))
    if isinstance(value, (list, tuple)):
        return [_without_secrets(each) for each in cast(list[Any], value)]
    return value


def _add_trace(_logger: Any, _method: str, line: Line) -> Line:
    trace_id = current_trace_id()
    if trace_id:
        line["trace_id"] = trace_id
    return line


_BEFORE: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _add_trace,
    hide_secrets,
]
# One list for ever: loggers keep the one they saw first, and whoever captures logs changes it in place.
_PROCESSORS: list[Any] = [
    structlog.stdlib.filter_by_level,
    *_BEFORE,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]


def _last(readable: bool) -> list[Any]:
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if readable:
        # Plainly: the default prints the values of local variables, passwords among them.
        return [drop, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [drop, structlog.processors.format_exc_info, hide_secrets, structlog.processors.JSONRenderer()]
