"""Settings of the gateway: ``TUTTI_GATEWAY_…``, read by `tutti nginx`."""

from typing import Annotated

import msgspec
from msgspec import Meta

_MIB = 1024**2


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``gateway``; rates are per client address (an IPv6 network of 64 bits counts as one)."""

    api_per_s: Annotated[int, Meta(ge=1, le=100_000, description="Requests of one address to the API, per second")] = 50
    api_burst: Annotated[int, Meta(ge=0, le=100_000, description="Requests above this rate that are let through")] = 200
    login_per_s: Annotated[
        int, Meta(ge=1, le=100_000, description="Requests of one address to log in or register, per second")
    ] = 5
    login_burst: Annotated[int, Meta(ge=0, le=100_000, description="Of these, let through above the rate")] = 20
    audio_per_s: Annotated[
        int, Meta(ge=1, le=100_000, description="Requests of one address for audio: playlists and segments, per second")
    ] = 50
    audio_burst: Annotated[int, Meta(ge=0, le=100_000, description="Of these, let through above the rate")] = 200
    pictures_per_s: Annotated[
        int, Meta(ge=1, le=100_000, description="Requests of one address for covers and avatars, per second")
    ] = 200
    pictures_burst: Annotated[int, Meta(ge=0, le=100_000, description="Of these, let through above the rate")] = 1000
    rate_memory_bytes: Annotated[
        int, Meta(ge=65_536, description="Shared memory for each of these rates; 10 MiB count some 80,000 addresses")
    ] = 10 * _MIB
    live_per_address: Annotated[
        int, Meta(ge=1, le=100_000, description="Live connections (WebSockets) of one address at the same time")
    ] = 100
    connections: Annotated[
        int, Meta(ge=64, le=1_000_000, description="Connections of one worker process, to clients and to services")
    ] = 4096
    keep_alive: Annotated[
        int, Meta(ge=1, le=10_000, description="Idle connections to each service that a worker process keeps")
    ] = 32
    connect_s: Annotated[int, Meta(ge=1, le=60, description="How long connecting to a service may take")] = 2
    answer_s: Annotated[int, Meta(ge=1, le=3600, description="How long a service may be silent before it answers")] = 60
    upload_s: Annotated[
        int, Meta(ge=1, le=3600, description="How long a client that uploads may be silent, and storing what it sent")
    ] = 120
    live_s: Annotated[
        int, Meta(ge=60, le=86_400, description="How long a live connection may be silent; services ping every 25 s")
    ] = 3600
    tries: Annotated[int, Meta(ge=1, le=10, description="Copies of a service that are asked before giving up")] = 3
    fail_s: Annotated[int, Meta(ge=1, le=600, description="How long a copy that does not answer is asked nothing")] = 5
    retry_after_s: Annotated[
        int, Meta(ge=1, le=600, description="What clients are asked to wait when a service is away")
    ] = 2
    cache_bytes: Annotated[int, Meta(ge=0, description="Space for the cache of covers and avatars; 0 is none")] = (
        1_000_000_000
    )
    segment_cache_bytes: Annotated[
        int, Meta(ge=0, description="Space for the cache of HLS segments, of which each is asked for first; 0 is none")
    ] = 0
    hsts_s: Annotated[
        int, Meta(ge=0, description="How long browsers are told to use nothing but HTTPS; 0: they are not told")
    ] = 31_536_000
