"""``tutti library`` and ``tutti scan``."""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
from cyclopts import App

from tutti.commands.config import Json
from tutti.commands.context import process, run
from tutti.commands.failures import Refused
from tutti.commands.output import print_json, print_table, progress, say
from tutti.kit.auth import Identity
from tutti.kit.heap import settle_heap
from tutti.services.catalog.api import Library, Scan
from tutti.services.catalog.api.libraries import NewLibrary
from tutti.services.catalog.service.libraries import LibraryService
from tutti.services.catalog.service.scanning import ScanService

_OPERATOR = Identity(user_id="00000000-0000-0000-0000-000000000000", name="operator", role="admin", session_id="")

_INTERRUPTED = 130  # as a shell reports a program that Ctrl-C ended
_UPLOADED = "(uploaded, in storage)"
_NO_LIBRARIES = "There are no libraries yet. Next: tutti library add NAME PATH"

app = App(name="library", help="Folders of music.")


@app.command
def add(name: str, path: Path, *, as_json: Json = False) -> None:
    """Make a library of a folder. Tutti only ever reads it."""

    new = _new_library(name, path)

    async def command() -> None:
        async with process() as opened:
            made = await opened.provided(LibraryService).create_library(new)
        if as_json:
            print_json(made)
        else:
            say(f"{made.name} is a library now. Next: tutti scan {made.name}")

    run(command)


@app.command(name="list")
def list_libraries(*, as_json: Json = False) -> None:
    """List the libraries."""

    async def command() -> None:
        async with process() as opened:
            libraries = await opened.provided(LibraryService).list_libraries(_OPERATOR)
        if as_json:
            print_json(libraries)
            return
        rows = [
            (each.name, each.path or _UPLOADED, each.track_count, each.missing_count, each.bad_file_count)
            for each in libraries
        ]
        empty = _NO_LIBRARIES
        print_table(["Name", "Folder", "Tracks", "Missing", "Bad files"], rows, empty=empty)

    run(command)


def scan(library: str | None = None, *, full: bool = False, as_json: Json = False) -> None:
    """Compare a library with its folder, or all of them. Ctrl-C stops; the next scan goes on from there.

    Parameters
    ----------
    library: Its name; all libraries that have a folder when left out.
    full: Read every file again, also those that seem unchanged.
    """

    async def command() -> list[Scan]:
        async with process() as opened, AsyncExitStack() as stack:
            scans = opened.provided(ScanService)
            await stack.enter_async_context(scans.running())
            settle_heap()
            chosen = _choose(await opened.provided(LibraryService).list_libraries(_OPERATOR), library)
            done: list[Scan] = []
            for each in chosen:
                done.append(await _scan(scans, each, full, quiet=as_json))
                if done[-1].state == "cancelled":
                    break
            return done

    done = run(command)
    if as_json:
        print_json(done)
    states = {each.state for each in done}
    if states - {"done"}:
        sys.exit(_INTERRUPTED if "cancelled" in states else 1)


def _new_library(name: str, path: Path) -> NewLibrary:
    where = str(path.expanduser().resolve())
    try:
        where.encode()
        return msgspec.convert({"name": name, "path": where}, NewLibrary)
    except UnicodeEncodeError as error:
        raise Refused(f"The path {where!a} is not UTF-8. Rename the folder, or the one above that is not.") from error
    except msgspec.ValidationError as error:
        raise Refused(f"{name!r} cannot be the name of a library. Give one of 1 to 500 characters.") from error


def _choose(libraries: list[Library], name: str | None) -> list[Library]:
    if name is None:
        chosen = [each for each in libraries if each.kind == "folder"]
    else:
        chosen = [each for each in libraries if name in (each.name, each.id)]
    if not chosen:
        known = ", ".join(each.name for each in libraries)
        raise Refused(f"There is no library {name}. There are: {known}." if name and known else _NO_LIBRARIES)
    return chosen


async def _scan(scans: ScanService, library: Library, full: bool, *, quiet: bool) -> Scan:
    with progress(quiet=quiet) as bar:
        task = bar.add_task(library.name, total=None)

        def show(seen: Scan) -> None:
            counts = seen.counts
            bar.update(task, completed=counts.seen, total=counts.total if counts.walked else None)

        loop = asyncio.get_running_loop()
        scanning = loop.create_task(scans.scan(library.id, full=full, on_progress=show))
        loop.add_signal_handler(signal.SIGINT, scanning.cancel)
        try:
            done = await scanning
        except asyncio.CancelledError:  # before its first step, or a second time
            raise KeyboardInterrupt from None
        finally:
            loop.remove_signal_handler(signal.SIGINT)
    if not quiet:
        say(_summary(library, done))
    return done


def _summary(library: Library, done: Scan) -> str:
    counts = msgspec.structs.asdict(done.counts)
    named = ("added", "changed", "moved", "returned", "missing", "unchanged", "bad", "skipped")
    said = ", ".join(f"{counts[name]} {name}" for name in named if counts[name])
    return f"{library.name}: {done.state}. {said or 'Nothing there.'}" + (f" {done.reason}" if done.reason else "")
