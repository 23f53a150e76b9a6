"""Settings of the connection to Redis; its address is ``TUTTI_REDIS_URL``."""

from typing import Annotated

import msgspec
from msgspec import Meta


class RedisSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``redis``. Nothing waits long for Redis: what lies there may be lost, pages may not wait for it."""

    timeout_ms: Annotated[
        int, Meta(ge=10, le=10_000, description="How long Redis may take to answer, before it counts as away")
    ] = 250
    pause_ms: Annotated[
        int, Meta(ge=10, le=60_000, description="After a failure, Redis is not asked again for this long")
    ] = 1000
    connections: Annotated[int, Meta(ge=1, le=1000, description="Connections of one process to Redis")] = 16
    live_check_ms: Annotated[
        int, Meta(ge=50, le=60_000, description="How often the connection that hears live messages is checked")
    ] = 2000
    live_queue: Annotated[
        int, Meta(ge=16, le=1_000_000, description="Live messages of one process that may wait to be sent")
    ] = 10_000
    live_kept_s: Annotated[
        int, Meta(ge=10, le=86_400, description="A client that was away no longer than this hears what it missed")
    ] = 3600
