"""How commands speak: tables for people, JSON for scripts, errors on standard error."""

from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table

console = Console(highlight=False)
_errors = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Write a line for people."""
    console.print(text)


def say_error(text: str) -> None:
    """Write what went wrong."""
    _errors.print(f"[bold red]Error:[/] {text}", soft_wrap=True)


def print_json(value: object) -> None:
    """Write a value for scripts, without colours or wrapping."""
    encoded = msgspec.json.encode(value, enc_hook=str)
    console.out(msgspec.json.format(encoded, indent=2).decode(), highlight=False)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Write a table, or the sentence ``empty`` where there are no rows."""
    if not rows:
        say(empty)
        return
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(table)
