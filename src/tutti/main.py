"""The only file that knows every service: their build order, and how a process is put together."""

import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from tutti.kit.auth import Authenticator
from tutti.kit.db import DatabaseSettings, open_database
from tutti.kit.events.log import open_event_log
from tutti.kit.events.settings import EventSettings
from tutti.kit.live import Live
from tutti.kit.service import Build, Process
from tutti.kit.settings import Settings
from tutti.kit.storage import StorageSettings, open_storage
from tutti.kit.stores import RedisSettings, open_stores
from tutti.services.accounts import module as accounts
from tutti.services.accounts.api import Accounts
from tutti.services.catalog import module as catalog
from tutti.services.catalog.api import Catalog
from tutti.services.media import module as media
from tutti.services.media.api import Media
from tutti.services.playback import module as playback
from tutti.services.streaming import module as streaming


def _write_demo(folder: Path) -> None:
    """Make the demo music in a process of its own: numpy would stay in the server's memory for good."""
    command = [sys.executable, "-m", "tutti", "demo", str(folder)]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise OSError(done.stderr.strip().removeprefix("Error: ") or f"it ended with {done.returncode}")


SERVICES: dict[str, Build] = {
    "accounts": accounts.build,
    "catalog": partial(catalog.build, write_demo=_write_demo),
    "media": media.build,
    "streaming": streaming.build,
    "playback": playback.build,
}


APIS: dict[str, type] = {"accounts": Accounts, "catalog": Catalog, "media": Media}
"""Which service answers which calls, for the processes that it is not part of."""


def build_process(settings: Settings, names: Sequence[str] = ()) -> Process:
    """Put a process together: the named services, or all of them. Nothing is opened or started yet."""
    db = open_database(settings.base, settings.section("database", DatabaseSettings))
    events = open_event_log(db, settings.section("events", EventSettings))
    stores = open_stores(settings.base.redis_url, settings.section("redis", RedisSettings))
    process = Process(
        settings,
        db=db,
        events=events,
        live=Live(),
        stores=stores,
        storage=open_storage(settings.section("storage", StorageSettings), settings.base.data_dir),
        auth=Authenticator(),
    )
    for name, build in SERVICES.items():
        if not names or name in names:
            process.add(build)
        elif name in APIS:
            process.pass_over(name, (APIS[name],))
    return process


@asynccontextmanager
async def opened(process: Process) -> AsyncGenerator[Process, None]:
    """Open the database and bring its schema up to date; no service runs. What a single command needs."""
    await process.db.start()
    try:
        await process.db.migrate()
        yield process
    finally:
        await process.db.stop()


@asynccontextmanager
async def running(process: Process) -> AsyncGenerator[Process, None]:
    """Open the process and start its services; stop all of it on the way out."""
    async with opened(process), AsyncExitStack() as stack:
        await process.start(stack)
        yield process
