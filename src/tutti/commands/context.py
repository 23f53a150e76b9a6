"""What a command works with: the settings of this call, and a process that runs as long as the command does."""

import fcntl
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import uvloop
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from tutti.commands.failures import Refused, explain_os_error, find_reason
from tutti.kit.errors import AppError
from tutti.kit.service import NotHere, Process
from tutti.kit.settings import BadSetting, Base, Settings
from tutti.kit.telemetry import set_up_logs
from tutti.main import build_process, opened

T = TypeVar("T")
_LOCK_FILE = "serve.lock"


class Context:
    """Settings given on the command line, over those of the environment and the file."""

    def __init__(self) -> None:
        self.overrides: dict[str, object] = {}

    def settings(self) -> Settings:
        """Read the settings of this call."""
        return Settings(os.environ, self.overrides)


context = Context()


def build(settings: Settings, services: Sequence[str] = ()) -> Process:
    """Put the process together.

    Raises:
        BadSetting: the database's address is none.
        Refused: the data folder cannot be used, or ``services`` leaves out one that another asks.
    """
    _require_address(settings.base.database_url)
    _require_folder(settings.base.data_dir)
    try:
        return build_process(settings, services)
    except NotHere as error:
        raise Refused(
            f"{', '.join(services)} cannot run alone: {error.service} is asked. Name it too, or name none to run all "
            "of them; or let it run elsewhere, which needs TUTTI_CLUSTER_SECRETS (docs/operations.md, Split mode)."
        ) from error


@asynccontextmanager
async def opened_or_refused(process: Process) -> AsyncGenerator[Process, None]:
    """Open the database of ``process`` and bring its schema up to date.

    Raises:
        NewerDatabase: a newer version has migrated it.
        Refused: PostgreSQL does not let us in.
    """
    async with AsyncExitStack() as stack:
        with _explained(process.settings.base):
            await stack.enter_async_context(opened(process))
        yield process


@asynccontextmanager
async def reached(process: Process) -> AsyncGenerator[Process, None]:
    """Open the database of ``process`` and leave its schema as it is.

    Raises:
        Refused: PostgreSQL does not let us in.
    """
    with _explained(process.settings.base):
        await process.db.start()
    try:
        yield process
    finally:
        await process.db.stop()


@asynccontextmanager
async def process() -> AsyncGenerator[Process, None]:
    """Every service over an open database, none of them started: what a single command needs."""
    settings = context.settings()
    set_up_logs(settings.base.log_level, settings.base.log_format)
    async with opened_or_refused(build(settings)) as opened_process:
        yield opened_process


def run(command: Callable[[], Awaitable[T]]) -> T:
    """Run an asynchronous command to its end."""

    async def main() -> T:
        return await command()

    return uvloop.run(main())


@contextmanager
def only_server(data_dir: Path) -> Generator[None, None, None]:
    """Hold the data folder as its only server.

    Raises:
        Refused: another `tutti serve` holds it, or it cannot be used.
    """
    _require_folder(data_dir)
    with (data_dir / _LOCK_FILE).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"Another `tutti serve` uses {data_dir}. Stop it, or choose another --data-dir.") from None
        yield


def _require_address(database_url: str) -> None:
    try:
        if database_url:
            make_url(database_url)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise BadSetting(
            "TUTTI_DATABASE_URL is no address of a database: give postgresql://user:password@host/name, or nothing."
        ) from None


def _require_folder(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds password hashes and keys
        if not os.access(data_dir, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(13, os.strerror(13))
    except OSError as error:
        said = explain_os_error(OSError(error.errno, os.strerror(error.errno or 0)))
        raise Refused(f"{data_dir} cannot be the data folder (--data-dir, TUTTI_DATA_DIR): {said}") from error


@contextmanager
def _explained(base: Base) -> Generator[None, None, None]:
    try:
        yield
    except AppError:
        raise
    except Exception as error:
        # The driver of PostgreSQL raises classes of its own, and is not even loaded for SQLite.
        if not base.database_url:
            raise
        said = find_reason(error) if isinstance(error, DBAPIError) else error
        raise Refused(
            f"PostgreSQL does not let Tutti in: {str(said) or type(said).__name__}. "
            "Check TUTTI_DATABASE_URL, and that the server runs."
        ) from error
