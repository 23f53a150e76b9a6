"""A service as the process sees it, and the process that holds it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

from litestar.types import ControllerRouterHandler

from tutti.kit.auth import Authenticator
from tutti.kit.db import Database, in_transaction
from tutti.kit.events.delivery import LongWork
from tutti.kit.events.event import Event
from tutti.kit.events.log import EventLog, Handler
from tutti.kit.limits.settings import LimitSettings
from tutti.kit.live import Live
from tutti.kit.schedules import Schedule, ticking
from tutti.kit.secrets import SecretStore
from tutti.kit.settings import Settings
from tutti.kit.storage import Storage
from tutti.kit.stores import Stores
from tutti.kit.trust import TrustFollower

__all__ = ["Build", "LongWork", "Process", "Schedule", "Service"]

T = TypeVar("T")


@dataclass(frozen=True)
class Service:
    """What `module.build` hands over: everything the outside needs of a service."""

    name: str
    routes: Sequence[ControllerRouterHandler] = ()
    root_routes: Sequence[ControllerRouterHandler] = ()
    """Routes outside ``/api/v1``, where a standard fixes the path (RFC 8615)."""
    provides: Mapping[str, object] = field(default_factory=dict[str, object])
    """Objects that routes receive by the name of a parameter."""
    answers: Mapping[type, object] = field(default_factory=dict[type, object])
    """The Protocol of the api and the object that answers it."""
    tells: Sequence[type[Event]] = ()
    hears: Mapping[type[Event], Handler] = field(default_factory=dict[type[Event], Handler])
    works: Mapping[type[Event], Handler] = field(default_factory=dict[type[Event], Handler])
    """Handlers that take minutes: they hear as a consumer of their own, ``<name>.work``, may open any number of
    transactions and ask other services, and have to bear being repeated from any point up to their return."""
    long_work: LongWork = field(default_factory=LongWork)
    """How many of them run at once, for how long, and how often they are tried."""
    watches: Mapping[type[Event], Handler] = field(default_factory=dict[type[Event], Handler])
    """Handlers that every process of the service calls, for what it remembers: from now on, at most once."""
    schedules: Sequence[Schedule] = ()
    running: Callable[[], AbstractAsyncContextManager[None]] | None = None
    """Held open while the process runs: start before its yield, stop after."""


Build = Callable[["Process"], Service]


class Peers(Protocol):
    """The other processes of the installation; `tutti.kit.rpc` reaches them."""

    def proxy(self, api: type[T], service: str) -> T:
        """Return what passes the calls of ``api`` on to where ``service`` runs."""
        ...

    async def find_problem(self) -> str | None:
        """Say which of them cannot be asked at present, or None; for the health check."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class NotHere(LookupError):
    """A service is asked that runs in no process known here."""

    def __init__(self, service: str) -> None:
        super().__init__(f"{service} is asked, and is not part of this process")
        self.service = service


class Process:
    """A running program and the services in it; the kit's parts are its attributes."""

    def __init__(
        self,
        settings: Settings,
        *,
        db: Database,
        events: EventLog,
        live: Live,
        stores: Stores,
        storage: Storage,
        secrets: SecretStore,
        auth: Authenticator,
        peers: Peers | None = None,
    ) -> None:
        self.settings = settings
        self.db = db
        self.events = events
        self.live = live
        self.stores = stores
        self.storage = storage
        self.secrets = secrets
        self.auth = auth
        self.limits = settings.section("limits", LimitSettings)
        self.services: list[Service] = []
        self.peers = peers
        self._answers: dict[type, object] = {}
        self._elsewhere: dict[type, str] = {}
        self.asked: set[str] = set()
        """Services of other processes that are asked here."""
        self.follower: TrustFollower | None = None
        """What learns from accounts in another process whose tokens are to be trusted."""

    def add(self, build: Build) -> Service:
        """Build a service on top of those built before it."""
        service = build(self)
        self.services.append(service)
        self._answers.update(service.answers)
        self.events.register(service.name, tells=service.tells, hears=service.hears)
        self.events.employ(f"{service.name}.work", service.works, service.long_work)
        self.events.watch(service.name, service.watches)
        return service

    def pass_over(self, service: str, apis: Iterable[type]) -> None:
        """Note, in its place of the build order, that ``service`` is not part of this process."""
        self._elsewhere |= dict.fromkeys(apis, service)

    def get(self, api: type[T]) -> T:
        """Return what answers the calls of ``api``: the object itself, or a proxy where its service runs elsewhere.

        Raises:
            NotHere: its service runs elsewhere, and nobody said that there are other processes.
            LookupError: its service is not built yet: calls between services form no circle (build order in main.py).
        """
        if api in self._elsewhere:
            service = self._elsewhere[api]
            if self.peers is None:
                raise NotHere(service)
            self.asked.add(service)
            return cast(T, _OutsideTransactions(self.peers.proxy(api, service)))
        if api not in self._answers:
            raise LookupError(f"{api.__name__} is asked for before it is built; see SERVICES in main.py")
        return cast(T, _OutsideTransactions(self._answers[api]))

    def provided(self, kind: type[T]) -> T:
        """Return the object of class ``kind`` that a service provides to its routes; for the command line.

        Raises:
            LookupError: no service of this process provides one.
        """
        for service in self.services:
            for value in service.provides.values():
                if isinstance(value, kind):
                    return value
        raise LookupError(f"No service of this process provides {kind.__name__}.")

    async def start(self, stack: AsyncExitStack) -> None:
        """Start every service in build order, then their events and ticks; ``stack`` stops all of it in reverse."""
        stack.push_async_callback(self.stores.close)
        await stack.enter_async_context(self.live.running())
        if self.follower is not None:
            await stack.enter_async_context(self.follower.running())
        for service in self.services:
            if service.running is not None:
                await stack.enter_async_context(service.running())
        await stack.enter_async_context(self.events.running())
        ticks = [tick for service in self.services for tick in service.schedules]
        await stack.enter_async_context(ticking(ticks, self.db))


class _OutsideTransactions:
    """Passes calls on, and refuses one from inside an open transaction: it would hold a lock over a network call."""

    def __init__(self, answering: object) -> None:
        self._answering = answering

    def __getattr__(self, name: str) -> Any:
        if in_transaction():
            raise RuntimeError(f"{type(self._answering).__name__}.{name} was asked inside an open transaction")
        return getattr(self._answering, name)
