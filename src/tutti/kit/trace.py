"""The trace a piece of work belongs to (W3C Trace Context, https://www.w3.org/TR/trace-context/)."""

import re
import secrets
from contextvars import ContextVar

_TRACE_PARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")

_current: ContextVar[str] = ContextVar("trace_parent", default="")


def new_trace_parent() -> str:
    """Return a ``traceparent`` that starts a trace of its own."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def enter_trace(trace_parent: str | None = None) -> str:
    """Make ``trace_parent`` the trace of the running task, or a new one where it is missing or malformed."""
    valid = trace_parent if trace_parent and _TRACE_PARENT.match(trace_parent) else new_trace_parent()
    _current.set(valid)
    return valid


def trace_parent() -> str:
    """The ``traceparent`` of the running task; starts a trace where there is none."""
    return _current.get() or enter_trace()


def current_trace_id() -> str:
    """The id of the running task's trace, or nothing where it has none."""
    return _current.get()[3:35]


def trace_id() -> str:
    """The 32 hexadecimal digits a user can quote and an operator can search for."""
    return trace_parent()[3:35]
