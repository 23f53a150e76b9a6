"""Watching the process: logs, metrics, health, traces."""

from tutti.kit.telemetry.health import health_routes
from tutti.kit.telemetry.logs import set_up_logs
from tutti.kit.telemetry.middleware import Observed
from tutti.kit.telemetry.spans import Spans, open_spans

__all__ = ["Observed", "Spans", "health_routes", "open_spans", "set_up_logs"]
