"""What the log tells Prometheus."""

import math

from prometheus_client import Counter, Gauge, Histogram

HANDLED = Counter("tutti_events_handled", "Events handled", ["consumer", "type"])
FAILED = Counter("tutti_events_failed", "Tries that failed", ["consumer", "type"])
DEAD = Counter("tutti_events_dead", "Events given up", ["consumer", "type"])
PUBLISHED = Counter("tutti_events_published", "Events told", ["type"])
LAG = Gauge("tutti_events_lag", "Places in the log between a consumer and its end", ["consumer"])
AGE = Gauge("tutti_events_age_seconds", "Age of the oldest event a consumer has to handle", ["consumer"])
QUEUED_AGE = Gauge("tutti_events_queued_age_seconds", "Age of the oldest long job that nobody works on", ["consumer"])
WORKING = Gauge("tutti_events_working", "Long jobs under way", ["consumer"])
DURATION = Histogram(
    "tutti_events_handling_seconds",
    "Time a handler takes",
    ["consumer"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0),
)
RETENTION = Gauge("tutti_events_retention_seconds", "Age at which events are forgotten that nobody has handled")
RETENTION.set(math.inf)  # the database itself forgets only what everybody has handled
RELAY_BEHIND = Gauge("tutti_events_relay_behind", "Events that NATS does not have yet")
