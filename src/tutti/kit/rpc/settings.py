"""Settings of calls between processes: ``TUTTI_RPC_…``."""

from typing import Annotated

import msgspec
from msgspec import Meta

_SECONDS = Meta(gt=0, le=3600)


class RpcSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of calls between processes. Addresses, secrets and certificates are in `ClusterSettings`."""

    timeout_s: Annotated[
        float, _SECONDS, Meta(description="Seconds that a call may take, its repetitions included, unless less is left")
    ] = 10.0
    attempt_timeout_s: Annotated[
        float, _SECONDS, Meta(description="Seconds after which a call that may be repeated is tried with another copy")
    ] = 3.0
    lengthy_timeout_s: Annotated[
        float, _SECONDS, Meta(description="Seconds that a call may take which reads whole files")
    ] = 300.0
    connect_wait_s: Annotated[
        float, _SECONDS, Meta(description="Seconds that a call waits for a peer which is starting or coming back")
    ] = 2.0
    attempts: Annotated[int, Meta(ge=1, le=10, description="How often a call is tried that may be repeated")] = 4
    retry_base_s: Annotated[
        float, _SECONDS, Meta(description="Longest pause before the first repetition; it doubles with each")
    ] = 0.05
    retry_cap_s: Annotated[float, _SECONDS, Meta(description="Longest pause before any repetition")] = 1.0
    breaker_failures: Annotated[
        int, Meta(ge=1, le=1000, description="Failures in a row after which a peer is left alone for a while")
    ] = 3
    breaker_run_s: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="Seconds without any answer that such a run has to last: one copy that hangs holds back many "
            "calls until its connection is given up",
        ),
    ] = 5.0
    breaker_open_s: Annotated[
        float, _SECONDS, Meta(description="Seconds that a peer is left alone before a single call tries it")
    ] = 2.0
    calls_per_peer: Annotated[
        int, Meta(ge=1, le=100_000, description="Calls under way to one peer; one more is refused at once")
    ] = 256
    calls_served: Annotated[
        int, Meta(ge=1, le=100_000, description="Calls of other processes under way here; one more is refused at once")
    ] = 256
    busy_retry_after_s: Annotated[
        int, Meta(ge=1, le=3600, description="Seconds after which to come back where a peer is away or too busy")
    ] = 1
    max_message_bytes: Annotated[
        int, Meta(ge=64 * 1024, le=1 << 30, description="Largest request or answer of a call, in bytes")
    ] = 16 << 20
    keepalive_s: Annotated[
        float, _SECONDS, Meta(description="Seconds of silence after which a connection is asked whether it lives")
    ] = 2.0
    keepalive_timeout_s: Annotated[
        float, _SECONDS, Meta(description="Seconds after which a connection that does not answer that is given up")
    ] = 2.0
    connection_age_s: Annotated[
        float,
        _SECONDS,
        Meta(description="Seconds after which callers connect anew, so that they find copies which were added"),
    ] = 60.0
    reconnect_max_s: Annotated[
        float, _SECONDS, Meta(description="Longest pause between two tries to connect to a peer that is away")
    ] = 1.0
    resolve_min_s: Annotated[
        float, _SECONDS, Meta(description="Shortest pause between two look-ups of the name of a peer")
    ] = 2.0
    certificates_s: Annotated[
        float,
        Meta(ge=0, le=3600, description="Seconds after which the files of certificates are looked at for renewed ones"),
    ] = 10.0
    leave_s: Annotated[
        float,
        Meta(ge=0, le=60, description="Seconds between saying that this process stops and taking no more calls"),
    ] = 0.5
    finish_s: Annotated[
        float, Meta(ge=0, le=3600, description="Seconds that calls under way have to finish when this process stops")
    ] = 10.0
