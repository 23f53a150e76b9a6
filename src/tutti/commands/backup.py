"""``tutti backup`` and ``tutti restore``."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.filesize import decimal
from rich.progress import TaskID

from tutti.commands.archive import Hear, holds_state, read_archive, write_archive
from tutti.commands.context import context, only_server
from tutti.commands.failures import Refused
from tutti.commands.output import progress, say
from tutti.kit.db.database import SQLITE_FILE

_POSTGRES = (
    "The database is PostgreSQL: use its own tools (pg_dump and pg_restore, or point-in-time recovery), and the "
    "versions of the S3 bucket. See docs/operations.md, PostgreSQL."
)


def backup(
    file: Path,
    *,
    force: Annotated[bool, Parameter(negative="", help="Replace FILE where it exists.")] = False,
) -> None:
    """Write everything that cannot be made again (database, uploads, secrets) to FILE; the server may go on serving."""
    base = context.settings().base
    if base.database_url:
        raise Refused(_POSTGRES)
    if not (base.data_dir / SQLITE_FILE).exists():
        raise Refused(f"There is no Tutti database in {base.data_dir}. Name its folder with --data-dir.")
    if file.is_dir():
        raise Refused(f"{file} is a folder. Name a file in it.")
    if file.exists() and not force:
        raise Refused(f"{file} exists already. Name another, or add --force to replace it.")
    with _bar() as hear:
        size_bytes = write_archive(base.data_dir, file, hear)
    say(f"Wrote {file} ({decimal(size_bytes)}). The folders of your libraries are not in it: Tutti only reads those.")


def restore(
    file: Path,
    *,
    force: Annotated[
        bool, Parameter(negative="", help="Replace what is in the data folder; it is kept beside.")
    ] = False,
) -> None:
    """Bring a backup back into the data folder; the server must be stopped."""
    base = context.settings().base
    if base.database_url:
        raise Refused(_POSTGRES)
    if not file.is_file():
        raise Refused(f"There is no file {file}. Check the path.")
    with only_server(base.data_dir):
        if holds_state(base.data_dir) and not force:
            raise Refused(f"{base.data_dir} holds data already. Add --force to replace it; it is kept beside.")
        with _bar() as hear:
            kept = read_archive(file, base.data_dir, hear)
    say(f"Restored {file} into {base.data_dir}." + (f" What was there is in {kept}." if kept else ""))


@contextmanager
def _bar() -> Generator[Hear]:
    """Show on a terminal what is being done, one bar for each step."""
    with progress() as bars:
        steps: dict[str, TaskID] = {}

        def hear(step: str, done: int, total: int | None) -> None:
            if step not in steps:
                steps[step] = bars.add_task(step, total=total)
            bars.update(steps[step], completed=done, total=total)

        yield hear
