"""A process's connection to NATS: opened in the background, kept for good, with our streams behind it."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext

from tutti.kit.errors import Unavailable
from tutti.kit.events.jetstream.credentials import Credentials
from tutti.kit.events.jetstream.servers import read_servers
from tutti.kit.events.jetstream.streams import StreamMismatch, list_missing, make_stream
from tutti.kit.events.settings import EventSettings
from tutti.kit.settings import BadSetting
from tutti.kit.tasks import end_tasks

_START_LIMIT_S = 5.0
"""A start waits this long for NATS; after that, the process runs and its events wait."""
_CONNECT_TIMEOUT_S = 2
_RECONNECT_WAIT_S = 1
_PING_S = 10
_CALL_TIMEOUT_S = 5.0
_RETRY_AFTER_S = 5
_HEADERS_BYTES = 4096
"""Room for our headers and what the body has besides the payload."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class NatsAway(Unavailable):
    """NATS does not answer; what is told waits in the database, and is handled later."""


AWAY = (nats.errors.Error, Unavailable, OSError, TimeoutError)
"""What is raised when NATS or the database is away, which is said once, by the relay."""

_SILENCE = (
    TimeoutError,
    nats.errors.NoRespondersError,
    nats.errors.ConnectionClosedError,
    nats.js.errors.ServiceUnavailableError,
)


@contextmanager
def silence_told() -> Generator[None]:
    """Raise what a call to NATS raises that has no answer as `NatsAway`."""
    try:
        yield
    except _SILENCE as error:
        raise NatsAway(f"NATS does not answer ({error}).", retry_after_s=_RETRY_AFTER_S) from error


class Link:
    """Connects again for as long as it is open; who uses it waits for `ready` and bears a call that fails."""

    def __init__(self, url: str, settings: EventSettings, feed_again: Callable[[], Awaitable[bool]]) -> None:
        """``feed_again`` is called before streams are made, and says whether they had been there."""
        self._servers = read_servers(url)
        self._settings = settings
        self._credentials = None if settings.nats_credentials is None else Credentials(settings.nats_credentials)
        self._feed_again = feed_again
        self._client: Client | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._closed = asyncio.Event()
        self._preparing = asyncio.Lock()
        self._error = "not connected yet"
        self.ready = asyncio.Event()
        self.reconnected: set[Callable[[], None]] = set()
        """Called when NATS answers again."""

    @property
    def problem(self) -> str | None:
        """What keeps events from going through NATS, or None."""
        if self.ready.is_set() and self.client.is_connected:
            return None
        return f"NATS does not answer ({self._error}): events wait in the database"

    @property
    def is_open(self) -> bool:
        """Whether it connects, or is connected."""
        return self._keeping is not None

    @property
    def client(self) -> Client:
        """The connection.

        Raises:
            NatsAway: there is none at the moment.
        """
        if self._client is None or self._client.is_closed:
            raise NatsAway(f"NATS does not answer: {self._error}.", retry_after_s=_RETRY_AFTER_S)
        return self._client

    @property
    def js(self) -> JetStreamContext:
        """JetStream over the connection.

        Raises:
            NatsAway: there is none at the moment.
        """
        return self.client.jetstream(timeout=_CALL_TIMEOUT_S)

    async def open(self) -> None:
        """Connect; after a while, go on in the background.

        Raises:
            BadSetting: NATS answers, and is not set up for what our settings say.
        """
        self._keeping = asyncio.create_task(self._keep(), name="events nats")
        ready = asyncio.create_task(self.ready.wait())
        await asyncio.wait({self._keeping, ready}, timeout=_START_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._keeping.done():
            await self._keeping
        if not self.ready.is_set():
            log.error("NATS does not answer; events wait in the database", error=self._error)

    async def close(self) -> None:
        """Disconnect."""
        if self._keeping is not None:
            await end_tasks(self._keeping)
        self._keeping = None
        self.ready.clear()
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def prepare(self) -> None:
        """See that every stream is there.

        Raises:
            StreamMismatch: they were made for another number of partitions.
        """
        async with self._preparing:
            missing = await list_missing(self.js, self._settings)
            if not missing:
                return
            if await self._feed_again():
                log.error("NATS has lost streams; they get what the database still has", streams=missing)
            for partition in missing:
                await make_stream(self.js, self._settings, partition)

    async def _keep(self) -> None:
        while True:
            self._closed.clear()
            await self._connect()
            await self._prepare_patiently()
            self.ready.set()
            await self._closed.wait()  # for good: a server that is merely away is waited for by the client itself
            self.ready.clear()
            log.error("the connection to NATS was closed and is opened again", error=self._error)
            await asyncio.sleep(_RECONNECT_WAIT_S)

    async def _connect(self) -> None:
        client = Client()
        try:
            await client.connect(
                list(self._servers.addresses),
                user=self._servers.user,
                password=self._servers.password,
                token=self._servers.token,
                name="tutti",
                connect_timeout=_CONNECT_TIMEOUT_S,
                reconnect_time_wait=_RECONNECT_WAIT_S,
                max_reconnect_attempts=-1,
                ping_interval=_PING_S,
                error_cb=self._on_error,
                disconnected_cb=self._on_disconnected,
                reconnected_cb=self._on_reconnected,
                closed_cb=self._on_closed,
                user_jwt_cb=None if self._credentials is None else self._credentials.jwt,
                signature_cb=None if self._credentials is None else self._credentials.sign,
            )
        except asyncio.CancelledError:
            await client.close()
            raise
        self._client = client
        if client.max_payload < self._settings.max_bytes + _HEADERS_BYTES:
            raise BadSetting(
                f"NATS takes messages of {client.max_payload} bytes at most (max_payload), too few for "
                f"TUTTI_EVENTS_MAX_BYTES = {self._settings.max_bytes}. Raise the one or lower the other."
            )

    async def _prepare_patiently(self) -> None:
        while True:
            try:
                return await self.prepare()
            except StreamMismatch as error:
                self._error = str(error)
                raise
            except Exception as error:  # noqa: BLE001  JetStream starts, or elects a leader, or the database is away
                self._error = str(error) or type(error).__name__
                log.warning("the streams in NATS are not ready", error=self._error)
                await asyncio.sleep(_RECONNECT_WAIT_S)

    async def _on_error(self, error: Exception) -> None:
        self._error = str(error) or type(error).__name__
        log.debug("NATS reports an error", error=self._error)

    async def _on_disconnected(self) -> None:
        if self.ready.is_set():
            log.warning("the connection to NATS was lost; events wait in the database")

    async def _on_reconnected(self) -> None:
        log.info("NATS answers again")
        for hear in list(self.reconnected):
            hear()

    async def _on_closed(self) -> None:
        self._closed.set()
