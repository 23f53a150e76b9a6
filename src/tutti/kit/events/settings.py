"""Settings of the event log: ``TUTTI_EVENTS_…``."""

from pathlib import Path
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
    retention_days: Annotated[
        int,
        Meta(
            ge=1,
            description="Days that events stay in the log for replays. With NATS those that nobody has handled go too: "
            "longer than any consumer may stand still",
        ),
    ] = 30
    lease_s: Annotated[
        float, Meta(ge=0.5, le=300, description="Seconds after which another copy takes over from one that died")
    ] = 15.0
    max_bytes: Annotated[
        int, Meta(ge=1024, le=8_388_608, description="Largest event; NATS has to take it too (its max_payload)")
    ] = 524_288
    nats_credentials: Annotated[Path | None, Meta(description="Credentials file (.creds) to let us into NATS")] = None
    nats_prefix: Annotated[
        str, Meta(pattern="^[A-Za-z0-9_-]{1,32}$", description="What our streams and subjects in NATS begin with")
    ] = "tutti"
    nats_partitions: Annotated[
        int, Meta(ge=1, le=64, description="Streams that events are spread over by key; fixed once there are events")
    ] = 8
    nats_replicas: Annotated[int, Meta(ge=1, le=5, description="NATS servers that keep each stream")] = 1
    nats_duplicates_s: Annotated[
        float, Meta(ge=1, description="Seconds for which NATS knows an event again that is sent to it twice")
    ] = 120.0
    relay_batch: Annotated[int, Meta(ge=1, le=5000, description="Events sent to NATS at once")] = 256
    relayed_days: Annotated[
        int, Meta(ge=1, description="Days that events stay in the database after NATS has them, should it lose them")
    ] = 2
