"""``tutti events``: what the consumers have still to do, what they gave up on, and doing it again."""

from datetime import datetime
from typing import Annotated

from cyclopts import App, Parameter

from tutti.commands.config import Json
from tutti.commands.context import process, run
from tutti.commands.failures import Refused
from tutti.commands.output import print_json, print_table, say

app = App(name="events", help="The event log.")
dead = App(name="dead", help="Events that failed for good.")
app.command(dead)


@app.command
def lag(*, as_json: Json = False) -> None:
    """Show how far each consumer is behind."""

    async def command() -> None:
        async with process() as opened:
            lags = await opened.events.lag()
        if as_json:
            print_json(lags)
            return
        rows = [(each.consumer, each.behind, each.parked, each.dead) for each in lags]
        print_table(["Consumer", "Behind", "Waiting to retry", "Dead"], rows, empty="No consumers.")

    run(command)


@dead.command(name="list")
def list_dead(*, as_json: Json = False) -> None:
    """List the events that failed for good, with the error and the trace id."""

    async def command() -> None:
        async with process() as opened:
            letters = await opened.events.list_dead()
        if as_json:
            print_json(letters)
            return
        rows = [(each.id, each.consumer, each.type, each.attempts, each.error, each.trace_id) for each in letters]
        print_table(["Event", "Consumer", "Type", "Tries", "Error", "Trace"], rows, empty="No dead letters.")

    run(command)


@dead.command
def retry(
    event_id: str | None = None,
    *,
    everything: Annotated[bool, Parameter(name="--all", negative="", help="All of them.")] = False,
) -> None:
    """Try dead events again: one by its id, or all of them."""
    if (event_id is None) == (not everything):
        raise Refused("Name one event, or give --all.")

    async def command() -> None:
        async with process() as opened:
            count = await opened.events.retry_dead(event_id)
        if not count and event_id is not None:
            raise Refused(f"There is no dead letter {event_id}. See: tutti events dead list")
        say(f"{count} to be tried again." if count else "No dead letters.")

    run(command)


@app.command
def replay(*, consumer: str, since: datetime) -> None:
    """Let a consumer handle again what happened since a time (ISO 8601; without a zone, the local one)."""

    async def command() -> None:
        async with process() as opened:
            count = await opened.events.replay(consumer, since.astimezone())
        say(f"{consumer} will handle {count} events again.")

    run(command)
