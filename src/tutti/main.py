"""The only file that knows every service: their build order, and how a process is put together."""

import importlib
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from functools import partial
from typing import Any

from tutti.kit.auth import Authenticator
from tutti.kit.cluster import ClusterSettings, address_of, read_peers, read_secrets
from tutti.kit.db import DatabaseSettings, open_database
from tutti.kit.events.log import open_event_log
from tutti.kit.events.settings import EventSettings
from tutti.kit.live import MayListen, open_live
from tutti.kit.rpc.settings import RpcSettings
from tutti.kit.secrets import open_secrets
from tutti.kit.service import Build, Peers, Process
from tutti.kit.settings import Settings
from tutti.kit.storage import StorageSettings, open_storage
from tutti.kit.stores import RedisSettings, open_stores
from tutti.kit.trust import AuthSettings, RememberedApiKeys, TrustFollower
from tutti.services.accounts import module as accounts
from tutti.services.accounts.api import Accounts
from tutti.services.catalog import module as catalog
from tutti.services.catalog.api import Catalog
from tutti.services.catalog.api import channels as catalog_channels
from tutti.services.media import module as media
from tutti.services.media.api import Media
from tutti.services.playback import module as playback
from tutti.services.streaming import module as streaming

_DEMO = (sys.executable, "-m", "tutti", "demo", "--json")
"""Writes the demo music into the folder that comes after it, and says how far it is."""

SERVICES: dict[str, Build] = {
    "accounts": accounts.build,
    "catalog": partial(catalog.build, demo_command=_DEMO),
    "media": media.build,
    "streaming": streaming.build,
    "playback": playback.build,
}


APIS: dict[str, type] = {"accounts": Accounts, "catalog": Catalog, "media": Media}
"""Which service answers which calls, for the processes that it is not part of."""

CHANNELS: dict[str, MayListen] = {**catalog_channels.CHANNELS}
"""Who may listen to which live channels: the process that a client is connected to need not run their service."""


def build_process(settings: Settings, names: Sequence[str] = ()) -> Process:
    """Put a process together: the named services, or all of them. Nothing is opened or started yet."""
    db = open_database(settings.base, settings.section("database", DatabaseSettings))
    events = open_event_log(db, settings.section("events", EventSettings), settings.base.nats_url)
    stores = open_stores(settings.base.redis_url, settings.section("redis", RedisSettings))
    cluster = settings.section("cluster", ClusterSettings)
    process = Process(
        settings,
        db=db,
        events=events,
        live=open_live(stores),
        stores=stores,
        storage=open_storage(settings.section("storage", StorageSettings), settings.base.data_dir),
        secrets=open_secrets(settings.base.data_dir, db, stores, read_secrets(cluster)),
        auth=Authenticator(),
        peers=_open_peers(settings, names),
    )
    for prefix, rule in CHANNELS.items():
        process.live.allow(prefix, rule)
    for name, build in SERVICES.items():
        if not names or name in names:
            process.add(build)
        elif name in APIS:
            process.pass_over(name, (APIS[name],))
    if process.peers is not None and "accounts" not in names:
        _trust_accounts(process)
    return process


def _trust_accounts(process: Process) -> None:
    """Have tokens and API keys checked here by what accounts, in another process, says of them."""
    settings, elsewhere = process.settings.section("auth", AuthSettings), process.get(Accounts)
    process.auth.use_api_keys(RememberedApiKeys(elsewhere.check_api_key, settings.api_key_s))
    process.follower = TrustFollower(process.auth, elsewhere.get_trust, settings.trust_s)


def _open_peers(settings: Settings, names: Sequence[str]) -> Peers | None:
    """Return what reaches the other processes; None where this one is all there is."""
    cluster = settings.section("cluster", ClusterSettings)
    if not names or not cluster.secrets:
        return None
    # Not imported above: gRPC would cost a process that is alone 10 MB and half a second of its start.
    rpc: Any = importlib.import_module("tutti.kit.rpc.peers")
    where = partial(address_of, read_peers(settings.base.peers))
    return rpc.Peers(cluster, where, "+".join(names), settings.section("rpc", RpcSettings))


def _open_answers(process: Process) -> AbstractAsyncContextManager[object]:
    """Return what answers other processes for the length of a block, where there are any."""
    cluster = process.settings.section("cluster", ClusterSettings)
    answers = {service.name: next(iter(service.answers.items())) for service in process.services if service.answers}
    if not cluster.secrets or not answers:
        return nullcontext()
    rpc: Any = importlib.import_module("tutti.kit.rpc.server")
    return rpc.RpcServer(cluster, answers, process.settings.section("rpc", RpcSettings))


@asynccontextmanager
async def opened(process: Process) -> AsyncGenerator[Process, None]:
    """Open the database and bring its schema up to date; no service runs. What a single command needs.

    One process of several waits until `tutti migrate` has done that: copies of two versions run side by side during an
    upgrade, and it is for the operator to say when the schema changes.
    """
    await process.db.start()
    try:
        if process.settings.section("cluster", ClusterSettings).secrets:
            await process.db.await_schema(process.settings.section("database", DatabaseSettings).schema_wait_s)
        else:
            await process.db.migrate()
        yield process
    finally:
        await process.db.stop()


@asynccontextmanager
async def running(process: Process) -> AsyncGenerator[Process, None]:
    """Open the process and start its services; stop all of it on the way out."""
    async with opened(process), AsyncExitStack() as stack:
        await start(process, stack)
        yield process


async def start(process: Process, stack: AsyncExitStack) -> None:
    """Start the services of an open process, and answer other processes; ``stack`` stops all of it in reverse.

    Raises:
        OSError: others cannot be answered at the address that the settings name.
    """
    if process.peers is not None:
        stack.push_async_callback(process.peers.close)
    await process.start(stack)
    await stack.enter_async_context(_open_answers(process))
