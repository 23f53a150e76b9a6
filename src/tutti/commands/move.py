"""``tutti move``: a solo installation into PostgreSQL and S3."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.filesize import decimal
from rich.progress import Progress
from sqlalchemy import make_url

from tutti.commands.context import build, context, only_server, reached, run
from tutti.commands.failures import Refused
from tutti.commands.moving.objects import MovedObjects, copy_objects, count_objects
from tutti.commands.moving.rows import moved_tables
from tutti.commands.moving.source import Source, reading
from tutti.commands.moving.target import writing
from tutti.commands.output import print_json, progress, say
from tutti.kit.cluster import ClusterSettings, read_secrets
from tutti.kit.db import Database
from tutti.kit.db.database import SQLITE_FILE
from tutti.kit.secrets import SECRETS_FOLDER, DatabaseSecrets, FileSecrets
from tutti.kit.settings import Settings
from tutti.kit.storage import StorageSettings, open_local_storage, open_storage
from tutti.kit.stores import MemoryStores
from tutti.kit.telemetry import set_up_logs

_OBJECTS = "objects"


class MovedTable(msgspec.Struct, rename="camel"):
    """A table that is the same on both sides."""

    name: str
    rows: int
    checksum: str


class Moved(msgspec.Struct, rename="camel"):
    """What `tutti move` has done, and with which settings to go on."""

    tables: list[MovedTable]
    objects: MovedObjects | None
    secrets: list[str]
    was_there_already: bool
    settings: dict[str, str]


def move(
    *,
    to_database: Annotated[str, Parameter(help="postgresql://user:password@host/name: migrated, and empty.")],
    to_storage: Annotated[
        str, Parameter(help="s3://bucket for the objects, with TUTTI_STORAGE_…; without it they stay where they are.")
    ] = "",
    as_json: Annotated[bool, Parameter(name="--json", help="Print JSON for scripts.", negative="")] = False,
) -> None:
    """Copy a solo installation into PostgreSQL and S3, and compare; the server must be stopped. The source stays."""
    settings = context.settings()
    set_up_logs(settings.base.log_level, settings.base.log_format)
    path = settings.base.data_dir / SQLITE_FILE
    if not path.exists():
        raise Refused(f"There is no Tutti database in {settings.base.data_dir}. Name its folder with --data-dir.")
    with only_server(settings.base.data_dir), reading(path) as source, progress(quiet=as_json) as bars:
        moved = run(lambda: _move(settings, source, to_database, to_storage, bars))
    if as_json:
        print_json(moved)
    else:
        _say(moved, settings.base.data_dir)


async def _move(settings: Settings, source: Source, to_database: str, to_storage: str, bars: Progress) -> Moved:
    elsewhere = Settings(os.environ, context.overrides | {"database_url": to_database})
    async with reached(build(elsewhere)) as process:
        await process.db.check_schema()
        there = await _find_there(source, to_database)
        objects = await _move_objects(settings, to_storage, bars)
        secrets = await _move_secrets(settings, process.db, is_new=there is None)
        # Last, and whole: as long as it is not there, no process can begin to work on what is not all there.
        tables = there or await _move_rows(source, to_database, bars)
    wanted = {"TUTTI_DATABASE_URL": make_url(to_database).render_as_string(hide_password=True)}
    if to_storage:
        wanted["TUTTI_STORAGE_URL"] = to_storage
    return Moved(tables, objects, secrets, there is not None, wanted)


async def _move_objects(settings: Settings, to_storage: str, bars: Progress) -> MovedObjects | None:
    if not to_storage:
        return None
    section = settings.section("storage", StorageSettings)
    if not section.is_local and section.url != to_storage:
        raise Refused(f"The objects are in {section.url} already; copy the bucket with its own tools.")
    target = open_storage(msgspec.structs.replace(section, url=to_storage), settings.base.data_dir)
    source = open_local_storage(settings.base.data_dir / _OBJECTS)
    bar = bars.add_task("Objects", total=await count_objects(source))
    return await copy_objects(source, target, lambda count: bars.advance(bar, count))


async def _move_secrets(settings: Settings, db: Database, *, is_new: bool) -> list[str]:
    """Put the keys where copies find them, so that tokens and addresses that they have signed stay good.

    Those of an unfinished move are replaced, those of an installation that runs already (not ``is_new``) are not.
    """
    shared = read_secrets(settings.section("cluster", ClusterSettings))
    if not shared:
        return []
    folder = settings.base.data_dir / SECRETS_FOLDER
    source, target = FileSecrets(folder), DatabaseSecrets(db, MemoryStores(), shared)
    names = sorted(path.stem for path in folder.glob("*.json"))
    for name in names:
        content = await source.load(name)
        if content is not None:
            await target.change(name, partial(_choose, content, is_new))
    return names


def _choose(content: bytes, is_new: bool, present: bytes | None) -> bytes:
    return content if is_new or present is None else present


async def _move_rows(source: Source, to_database: str, bars: Progress) -> list[MovedTable]:
    counts = {table: source.count(table) for table in moved_tables()}
    copying = bars.add_task("Rows", total=sum(counts.values()))
    comparing = bars.add_task("Compared", total=sum(counts.values()))
    moved: list[MovedTable] = []
    async with writing(to_database) as target:
        for table in counts:
            sent = await target.copy(source, table, lambda count: bars.advance(copying, count))
            there = await target.digest(table)
            bars.advance(comparing, there.rows)
            if sent != there:
                raise Refused(
                    f"{table.name}: {sent.rows} rows were sent, and {there.rows} came back, or other ones. Nothing was "
                    "kept. See that no process uses the new database, and run the same command again."
                )
            moved.append(MovedTable(table.name, there.rows, there.checksum))
        await target.analyze()
    return moved


async def _find_there(source: Source, to_database: str) -> list[MovedTable] | None:
    """Return what is there already, of a move whose end nobody has heard of; None where the database is empty.

    Raises:
        Refused: it holds something else.
    """
    async with writing(to_database) as target:
        held = await target.find_rows()
        if held is None:
            return None
        same: list[MovedTable] = []
        for table in moved_tables():
            here, there = await source.digest(table), await target.digest(table)
            if here != there:
                raise Refused(
                    f"The PostgreSQL database is not empty ({held}), and holds something else than this installation. "
                    "Name an empty one: create it, and run `tutti migrate` on it."
                )
            same.append(MovedTable(table.name, there.rows, there.checksum))
        return same


def _say(moved: Moved, data_dir: Path) -> None:
    rows = sum(table.rows for table in moved.tables)
    if moved.was_there_already:
        say("Everything was there already, and is the same.")
    say(f"Moved and compared: {rows} rows of {len(moved.tables)} tables.")
    if moved.objects is not None:
        say(f"Moved and compared: {moved.objects.objects} objects ({decimal(moved.objects.size_bytes)}).")
    else:
        say(
            f"The objects stay in {data_dir / _OBJECTS}: every process has to find them there, or in S3 (--to-storage)."
        )
    if not moved.secrets:
        kept = data_dir / SECRETS_FOLDER
        say(f"The keys stay in {kept}. For several processes set TUTTI_CLUSTER_SECRETS, and move with it.")
    say("Go on with these settings; what is here stays as it was, and is of no use to them:")
    for name, value in moved.settings.items():
        say(f"  {name}={value}")
