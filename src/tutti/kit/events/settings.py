"""Settings of the event log: ``TUTTI_EVENTS_…``."""

from typing import Annotated

import msgspec
from msgspec import Meta


class EventSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How events are delivered, tried again and forgotten."""

    batch: Annotated[int, Meta(ge=1, le=5000, description="Events a consumer takes at once")] = 256
    concurrency: Annotated[
        int, Meta(ge=1, le=64, description="Events of different keys that a consumer handles at once")
    ] = 4
    poll_s: Annotated[
        float, Meta(gt=0, le=60, description="Seconds between looks for events that another process wrote")
    ] = 1.0
    max_attempts: Annotated[int, Meta(ge=1, le=50, description="Tries before an event goes to the dead letters")] = 8
    backoff_s: Annotated[float, Meta(gt=0, description="Seconds before the second try; doubled for each next")] = 0.5
    backoff_max_s: Annotated[float, Meta(gt=0, description="The longest wait between two tries")] = 300.0
    handler_timeout_s: Annotated[float, Meta(gt=0, description="A handler that takes longer has failed")] = 300.0
    parked_limit: Annotated[
        int, Meta(ge=1, description="Events that wait for a retry before a consumer takes no new ones")
    ] = 10_000
    retention_days: Annotated[int, Meta(ge=1, description="Days that handled events stay in the log for replays")] = 30
