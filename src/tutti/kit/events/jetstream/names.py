"""What things are called in NATS, and how far its clock is trusted."""

from dataclasses import dataclass
from datetime import timedelta

from tutti.kit.events.jetstream.wire import partition_of
from tutti.kit.events.settings import EventSettings

SKEW = timedelta(minutes=5)
"""By so much the clock of NATS may differ from those that say when an event happened."""


@dataclass(frozen=True)
class Names:
    """Names that begin with ``prefix``, for ``partitions`` streams."""

    prefix: str
    partitions: int

    @classmethod
    def of(cls, settings: EventSettings) -> "Names":
        """Take them from the settings."""
        return cls(settings.nats_prefix, settings.nats_partitions)

    def stream(self, partition: int) -> str:
        """Return the name of a stream."""
        return f"{self.prefix}-{partition}"

    def subjects(self, partition: int) -> str:
        """Return what a stream listens to."""
        return f"{self.prefix}.{partition}.>"

    def subject(self, partition: int, type_name: str) -> str:
        """Return where an event of a type goes; ``service.Type`` gives two tokens of it."""
        return f"{self.prefix}.{partition}.{type_name}"

    def partition(self, key: str) -> int:
        """Return which stream keeps the events of ``key``."""
        return partition_of(key, self.partitions)

    def durable(self, consumer: str, rewinds: int) -> str:
        """Return what a consumer is called in each stream; a replay gives it a new name (`replays`)."""
        return f"{consumer.replace('.', '_')}-r{rewinds}"
