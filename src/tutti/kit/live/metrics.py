"""What is shown live, for Prometheus."""

from prometheus_client import Counter, Gauge

CLIENTS = Gauge("tutti_live_clients", "Live sockets that are open")
SHOWN = Counter("tutti_live_shown", "Messages shown by this process")
DROPPED = Counter(
    "tutti_live_dropped", "Messages dropped: of a slow client, or before they were sent to others", ["of"]
)
PAUSED = Gauge("tutti_live_paused", "Whether what other processes show does not come through; 1 or 0")
