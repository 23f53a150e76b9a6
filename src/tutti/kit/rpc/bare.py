"""The one place that touches gRPC, which publishes no types: bytes in, bytes out, its errors as one of ours."""

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

import grpc
from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from tutti.kit.rpc.settings import RpcSettings
from tutti.kit.rpc.tls import Certificates, Tls

_grpc: Any = grpc
_aio: Any = aio
_health: Any = health
_health_pb2: Any = health_pb2
_health_pb2_grpc: Any = health_pb2_grpc

Metadata = Sequence[tuple[str, str | bytes]]
_METADATA_BYTES = 64 * 1024
_FIRST_RECONNECT_S = 0.1
_FOREVER_MS = 2**31 - 1


Raised: tuple[type[Exception], ...] = (aio.AioRpcError, aio.UsageError)
"""What a call raises that did not end with OK, or whose channel was closed meanwhile; see `describe`."""


class CallFailed(Exception):
    """A call ended with another status than OK."""

    def __init__(self, code: str, details: str, trailers: Mapping[str, str | bytes]) -> None:
        super().__init__(f"{code}: {details}")
        self.code = code
        """Name of the gRPC status: ``UNAVAILABLE``."""
        self.details = details
        self.trailers = trailers


class Context(Protocol):
    """What a handler is told of a call, and refuses it by."""

    def invocation_metadata(self) -> Metadata:
        """Return what the caller sent beside the request."""
        ...

    def time_remaining(self) -> float | None:
        """Return the seconds until the caller's deadline."""
        ...

    async def abort(self, code: Any, details: str, trailing_metadata: Metadata) -> Any:
        """End the call with another status than OK; raises what gRPC ends a handler with."""
        ...


class Ask(Protocol):
    """Calls one method; ``timeout`` in seconds."""

    def __call__(self, body: bytes, /, *, timeout: float, metadata: "Sent", wait_for_ready: bool) -> Awaitable[bytes]:
        """Send a request; ``wait_for_ready``: not before there is a connection, however long that takes."""
        ...


Handle = Callable[[bytes, Context], Awaitable[bytes]]


class Sent(_aio.Metadata):
    """Metadata of one call as gRPC iterates over it; its own class sorts them into lists in a dictionary first."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        self._pairs = pairs

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield names and values."""
        return iter(self._pairs)

    def __len__(self) -> int:
        """Count them."""
        return len(self._pairs)


class Channel:
    """Connections to all copies of one service, used in turns."""

    def __init__(self, target: str, service: str, settings: RpcSettings, tls: Tls | None) -> None:
        options = _channel_options(settings, service)
        if tls is None:
            self._channel = _aio.insecure_channel(target, options=options)
        else:
            credentials = _grpc.ssl_channel_credentials(tls.authority, tls.own_key, tls.own_chain)
            options = [*options, ("grpc.ssl_target_name_override", service)]
            self._channel = _aio.secure_channel(target, credentials, options=options)

    def ask(self, path: str) -> Ask:
        """Return what calls the method at ``path``; raises `Raised`, and takes the call back when it is cancelled."""
        return cast(Ask, self._channel.unary_unary(path))

    def is_ready(self) -> bool:
        """Whether a copy is connected; starts connecting where none is."""
        return self._channel.get_state(try_to_connect=True) is grpc.ChannelConnectivity.READY

    async def ready(self) -> bool:
        """Wait until a copy is connected; return False if the channel is closed instead."""
        try:
            while not self.is_ready():
                await self._channel.wait_for_state_change(self._channel.get_state())
        except aio.UsageError:
            return False
        return True

    async def close(self, finish_s: float | None = None) -> None:
        """Close the connections; calls that are still under way after ``finish_s`` seconds are cancelled."""
        await self._channel.close(finish_s)


class Server:
    """Answers calls, and says by the standard health service (grpc.health.v1) which services it answers for."""

    def __init__(self, settings: RpcSettings) -> None:
        self._server = _aio.server(options=_server_options(settings))
        self._services: list[str] = []
        self._health = _health.aio.HealthServicer()
        _health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)

    def add(self, service: str, handlers: Mapping[str, Handle]) -> None:
        """Answer the calls of ``tutti.<service>`` by method name; before `start`."""
        methods = {name: _grpc.unary_unary_rpc_method_handler(handle) for name, handle in handlers.items()}
        self._server.add_generic_rpc_handlers((_grpc.method_handlers_generic_handler(f"tutti.{service}", methods),))
        self._services.append(service)

    async def start(self, host: str, port: int, certificates: Certificates | None) -> int:
        """Begin to answer and return the port; 0 takes a free one. Renewed certificates count from the next connection.

        Raises:
            OSError: the address is in use, or not ours.
        """
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            if certificates is None:
                bound = self._server.add_insecure_port(address)
            else:
                bound = self._server.add_secure_port(address, _server_credentials(certificates))
        except RuntimeError as error:
            raise OSError(f"cannot answer other processes on {address}: {error}") from error
        await self.tell_health(self._services, serving=True)
        await self._server.start()
        return int(bound)

    async def tell_health(self, services: Iterable[str], *, serving: bool) -> None:
        """Say whether calls of ``services`` (their names, or "" for the process) should come here."""
        statuses = _health_pb2.HealthCheckResponse
        for service in services:
            await self._health.set(service, statuses.SERVING if serving else statuses.NOT_SERVING)

    async def leave(self) -> None:
        """Say that no call should come here any more."""
        await self._health.enter_graceful_shutdown()

    async def stop(self, finish_s: float) -> None:
        """Take no more calls, and cancel those that have not ended after ``finish_s`` seconds."""
        await self._server.stop(finish_s)


def _server_credentials(certificates: Certificates) -> Any:
    told = certificates.present()

    def tell_if_renewed() -> Any:
        nonlocal told
        present = certificates.present()
        if present is told:
            return None
        told = present
        return _configuration(present)

    return _grpc.dynamic_ssl_server_credentials(_configuration(told), tell_if_renewed, told.authority is not None)


def _configuration(tls: Tls) -> Any:
    return _grpc.ssl_server_certificate_configuration([(tls.own_key, tls.own_chain)], tls.authority)


async def refuse(context: Context, code: str, details: str, trailers: Metadata) -> Any:
    """End a call with the gRPC status called ``code``; does not return."""
    return await context.abort(grpc.StatusCode[code], details, trailers)


def target_of(addresses: Sequence[str]) -> str:
    """Return what gRPC connects to: a name that is looked up again and again, or the addresses of copies.

    Raises:
        ValueError: names stand among several addresses: one name has to stand for all copies.
    """
    if len(addresses) == 1:
        return addresses[0] if "://" in addresses[0] else f"dns:///{addresses[0]}"
    family = "ipv6" if all(address.startswith("[") for address in addresses) else "ipv4"
    if family == "ipv4" and not all(_is_ipv4(address) for address in addresses):
        raise ValueError("of several addresses each has to be IPv4, or each IPv6; else give one name for all copies")
    return f"{family}:{','.join(addresses)}"


def _is_ipv4(address: str) -> bool:
    return address.rpartition(":")[0].replace(".", "").isdigit()


def describe(error: Exception) -> CallFailed:
    """Return what a call raised as one of ours."""
    if not isinstance(error, aio.AioRpcError):
        return CallFailed("UNAVAILABLE", str(error), {})
    return _describe(error)


def _describe(error: Any) -> CallFailed:
    trailers = cast(Iterable[tuple[str, str | bytes]], error.trailing_metadata() or ())
    return CallFailed(error.code().name, error.details() or "", dict(trailers))


def _channel_options(settings: RpcSettings, service: str) -> list[tuple[str, Any]]:
    # Copies take turns, but for those that say of themselves that they do not answer for the service any more.
    turns: dict[str, Any] = {
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": service},
    }
    return [
        *_both_sides(settings),
        ("grpc.service_config", json.dumps(turns)),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.initial_reconnect_backoff_ms", _ms(_FIRST_RECONNECT_S)),
        ("grpc.min_reconnect_backoff_ms", _ms(settings.connect_wait_s)),
        ("grpc.max_reconnect_backoff_ms", _ms(settings.reconnect_max_s)),
        ("grpc.dns_min_time_between_resolutions_ms", _ms(settings.resolve_min_s)),
        ("grpc.client_idle_timeout_ms", _FOREVER_MS),
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_http_proxy", 0),  # processes of one installation meet directly
    ]


def _server_options(settings: RpcSettings) -> list[tuple[str, Any]]:
    return [
        *_both_sides(settings),
        ("grpc.http2.min_ping_interval_without_data_ms", _ms(settings.keepalive_s / 2)),
        ("grpc.http2.max_ping_strikes", 0),  # callers may be set to ask more often than this process
        ("grpc.max_connection_age_ms", _ms(settings.connection_age_s)),
        ("grpc.max_connection_age_grace_ms", _ms(settings.lengthy_timeout_s)),
        ("grpc.so_reuseport", 0),
    ]


def _both_sides(settings: RpcSettings) -> list[tuple[str, Any]]:
    return [
        ("grpc.max_send_message_length", settings.max_message_bytes),
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.max_metadata_size", _METADATA_BYTES),
        ("grpc.keepalive_time_ms", _ms(settings.keepalive_s)),
        ("grpc.keepalive_timeout_ms", _ms(settings.keepalive_timeout_s)),
        # A connection is not asked whether it lives while it measures its bandwidth, and then has a minute to answer.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.http2.ping_timeout_ms", _ms(settings.keepalive_timeout_s)),
        ("grpc.keepalive_permit_without_calls", 1),
    ]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
