"""How commands speak: sentences and tables for people, JSON for scripts, errors and progress on standard error.

Names and paths are other people's words: nothing of what is printed is read as rich's markup unless it says so, and
nothing is wrapped where it may be copied or read by a program.
"""

from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

_PAPER_COLUMNS = 1000
"""Width of tables that do not go to a terminal: `grep` wants whole lines."""

console = Console(highlight=False)
_errors = Console(stderr=True, highlight=False)


def say(text: str, *, markup: bool = False) -> None:
    """Write a line for people."""
    console.print(text, soft_wrap=True, markup=markup)


def say_error(text: str) -> None:
    """Write what went wrong, in a line."""
    _say_titled("Error:", "bold red", text)


def say_warning(text: str) -> None:
    """Write what may be wrong, in a line."""
    _say_titled("Warning:", "bold yellow", text)


def print_json(value: object) -> None:
    """Write a value for scripts, without colours or wrapping."""
    encoded = msgspec.json.encode(value, enc_hook=str)
    console.out(msgspec.json.format(encoded, indent=2).decode(), highlight=False)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Write a table, or the sentence ``empty`` where there are no rows. The first column is never broken."""
    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, title in enumerate(columns):
        table.add_column(title, no_wrap=number == 0, overflow="fold", min_width=len(title))
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    target = console if console.is_terminal else Console(highlight=False, width=_PAPER_COLUMNS)
    target.print(table)


def progress(*, quiet: bool = False) -> Progress:
    """Return a bar for long work; it shows on a terminal only, and goes when the work is done."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=_errors, transient=True, disable=quiet or not _errors.is_terminal)


def _say_titled(title: str, style: str, text: str) -> None:
    _errors.print(Text.assemble((title, style), " ", text), soft_wrap=True)
