"""What the database tells Prometheus."""

from prometheus_client import Counter, Gauge

REFUSED = Counter("tutti_database_refused", "Calls that PostgreSQL was away for, or too busy", ["reason"])
CONNECTIONS = Gauge("tutti_database_connections", "Connections to PostgreSQL that are in use")
CAPACITY = Gauge("tutti_database_connections_limit", "Connections to PostgreSQL that this process may use at once")
