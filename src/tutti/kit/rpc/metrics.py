"""What `/metrics` says of calls between processes. Labels are names of services and of their methods: few, and ours."""

from prometheus_client import Counter, Gauge, Histogram

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

ASKED = Histogram(
    "tutti_rpc_asked_seconds",
    "Calls to other processes: time until they ended, repetitions included, by what came of them",
    ["peer", "method", "outcome"],
    buckets=_BUCKETS,
)
"""Outcomes: ``ok``, ``refused`` (an error of the api), ``away``, ``late``, ``busy``, ``failed``, ``cancelled``."""
ASKED_AGAIN = Counter("tutti_rpc_asked_again", "Repetitions of calls", ["peer", "method"])
ASKING = Gauge("tutti_rpc_asking", "Calls under way to a peer", ["peer"])
BREAKER = Gauge(
    "tutti_rpc_breaker_state", "0: calls go through; 1: a single call tries the peer; 2: none does", ["peer"]
)
ANSWERED = Histogram(
    "tutti_rpc_answered_seconds",
    "Calls of other processes: time until they were answered, by what came of them",
    ["service", "method", "outcome"],
    buckets=_BUCKETS,
)
ANSWERING = Gauge("tutti_rpc_answering", "Calls of other processes under way here")
