"""What Redis does for a process, for Prometheus."""

from prometheus_client import Counter, Gauge

UP = Gauge("tutti_redis_up", "Whether Redis answers; 1 or 0")
CALLS = Counter("tutti_redis_calls", "Questions to Redis: answered, failed, or not even asked", ["outcome"])
