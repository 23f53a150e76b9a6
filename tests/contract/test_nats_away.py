"""NATS goes away, comes back, and comes back with nothing: what is told is handled all the same, in order."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from contract.transports import HASTY, QUICK, Counted, Wiring, eventually, settings_on, wiring
from support.nats import Nats, running_nats
from support.postgres import Postgres
from tutti.kit.events.item import read_item
from tutti.kit.events.jetstream.link import Link, NatsAway
from tutti.kit.events.jetstream.names import Names
from tutti.kit.events.jetstream.streams import StreamMismatch
from tutti.kit.events.jetstream.transport import JetStreamTransport
from tutti.kit.events.jetstream.wire import encode
from tutti.kit.events.settings import EventSettings
from tutti.kit.events.tables import RELAY, cursors, outbox
from tutti.kit.settings import BadSetting, Base

NATS_IS_KILLED = True


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Nats]:
    """A NATS that no other test uses."""
    with running_nats(tmp_path / "nats") as own:
        yield own


@pytest.fixture
async def base(postgres: Postgres, server: Nats) -> AsyncIterator[Base]:
    async with postgres.fresh_database() as url:
        yield Base(database_url=url, nats_url=server.url)


@pytest.fixture
async def wires(base: Base) -> AsyncIterator[Wiring]:
    async with wiring(base, HASTY) as opened:  # what NATS was told of as it died, it hands out again soon
        opened.hear()
        yield opened


async def tell(wires: Wiring, numbers: range) -> None:
    for number in numbers:
        await wires.tell(*(Counted(subject=s, number=number) for s in "abc"))


def all_of(numbers: range) -> dict[str, list[int]]:
    return {s: list(numbers) for s in "abc"}


async def has_trouble(wires: Wiring, text: str) -> None:
    async def is_said() -> bool:
        return text in (wires.transport.trouble or "")

    await eventually(is_said)


async def is_fine(wires: Wiring) -> None:
    async def is_said() -> bool:
        return wires.transport.trouble is None

    await eventually(is_said)


async def nothing_is_behind(wires: Wiring) -> None:
    async def is_said() -> bool:
        return [lag.behind for lag in await wires.transport.lag()] == [0]

    await eventually(is_said)


async def test_nats_is_killed_while_events_are_told_and_handled(wires: Wiring, server: Nats) -> None:
    async with wires.transport.running():
        telling = asyncio.create_task(tell(wires, range(150)))
        for seen in (20, 90):

            async def some_are_handled(count: int = seen) -> bool:
                return len(wires.tries) >= count

            await eventually(some_are_handled)
            server.restart()
        await telling
        await is_fine(wires)
        await wires.settled()
    assert await wires.effects() == all_of(range(150))


async def test_writes_go_on_while_nats_is_away_and_are_handled_later(wires: Wiring, server: Nats) -> None:
    async with wires.transport.running():
        await tell(wires, range(5))
        await wires.settled()
        server.kill()
        await tell(wires, range(5, 30))
        await has_trouble(wires, "events wait in the database")
        assert wires.transport.stalled == []
        server.start()
        await is_fine(wires)
        await wires.settled()
    assert await wires.effects() == all_of(range(30))


async def test_a_start_does_not_need_nats(wires: Wiring, server: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutti.kit.events.jetstream.link._START_LIMIT_S", 0.1)
    server.kill()
    async with wires.transport.running():
        await tell(wires, range(3))
        await has_trouble(wires, "NATS does not answer")
        server.start()
        await is_fine(wires)
        await wires.settled()
    assert await wires.effects() == all_of(range(3))


async def test_what_nats_loses_it_gets_again_from_the_database(wires: Wiring) -> None:
    """Handled, parked or not yet handled: no effect is lost, none happens twice, and the order stays."""
    gate = asyncio.Event()

    async def wait(event: Counted) -> None:
        if event.number >= 10:
            await gate.wait()

    wires.subscribe(wait, "slow")
    async with wires.transport.running():
        await tell(wires, range(20))

        async def handled() -> bool:
            return await wires.effects() == all_of(range(20))

        await eventually(handled)
        link = link_of(wires)
        for partition in range(QUICK.nats_partitions):
            await link.js.delete_stream(f"{names_of(wires).prefix}-{partition}")
        gate.set()
        await tell(wires, range(20, 25))
        await wires.settled()
    assert await wires.effects() == all_of(range(25))


async def test_events_that_nats_holds_twice_take_effect_once(wires: Wiring) -> None:
    """As when they are sent again after a crash, long after NATS has forgotten what it has seen."""
    async with wires.transport.running():
        await tell(wires, range(10))
        await wires.settled()
        names, js = names_of(wires), link_of(wires).js
        for row in await wires.db.read(lambda db: db.execute(sa.select(outbox).order_by(outbox.c.seq)).all()):
            item = read_item(row)
            await js.publish(names.subject(names.partition(item.key), item.envelope.type), encode(item))
        await tell(wires, range(10, 15))
        await wires.settled()
    assert await wires.effects() == all_of(range(15))
    assert len(wires.tries) == 3 * 15


async def test_events_sent_again_at_once_are_known_to_nats(wires: Wiring) -> None:
    async with wires.transport.running():
        await tell(wires, range(10))
        await wires.settled()
        await wires.db.write(send_again)
        await tell(wires, range(10, 12))
        await wires.settled()
        infos = await link_of(wires).js.streams_info()
    assert sum(info.state.messages for info in infos) == 3 * 12


async def test_another_number_of_partitions_is_refused(base: Base) -> None:
    async with wiring(base) as wires, wires.transport.running():
        pass
    other = msgspec.structs.replace(QUICK, nats_partitions=QUICK.nats_partitions + 1)
    async with wiring(base, other) as wires:
        with pytest.raises(StreamMismatch, match="in 3 partitions, and TUTTI_EVENTS_NATS_PARTITIONS is 4"):
            async with wires.transport.running():
                pass


async def test_events_larger_than_nats_takes_are_refused_at_start(base: Base) -> None:
    async with wiring(base, msgspec.structs.replace(QUICK, max_bytes=4_000_000)) as wires:
        with pytest.raises(BadSetting, match="max_payload"):
            async with wires.transport.running():
                pass


async def test_a_command_that_finds_no_nats_says_so(
    wires: Wiring, server: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    await nothing_is_behind(wires)
    monkeypatch.setattr("tutti.kit.events.jetstream.link._START_LIMIT_S", 0.1)
    server.kill()
    with pytest.raises(NatsAway):
        await wires.transport.lag()


async def test_a_command_that_gets_no_answer_says_so(
    wires: Wiring, server: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is there and silent, as while several choose who leads."""
    async with wires.transport.running():
        await nothing_is_behind(wires)
        with server.hanging(), monkeypatch.context() as patched:
            patched.setattr("tutti.kit.events.jetstream.link._CALL_TIMEOUT_S", 0.5)
            with pytest.raises(NatsAway, match="does not answer"):
                await wires.transport.lag()
        await nothing_is_behind(wires)


async def test_eight_processes_make_the_streams_at_once(base: Base) -> None:
    settings = settings_on(base, EventSettings())

    async def feed_again() -> bool:
        return False

    links = [Link(base.nats_url, settings, feed_again) for _ in range(8)]
    await asyncio.gather(*(link.open() for link in links))
    try:
        assert all(link.ready.is_set() for link in links)
        found = {info.config.name for info in await links[0].js.streams_info()}
        assert found == {Names.of(settings).stream(partition) for partition in range(8)}
    finally:
        await asyncio.gather(*(link.close() for link in links))


def link_of(wires: Wiring) -> Link:
    assert isinstance(wires.transport, JetStreamTransport)
    return wires.transport._link


def names_of(wires: Wiring) -> Names:
    assert isinstance(wires.transport, JetStreamTransport)
    return Names.of(wires.transport._settings)


def send_again(db: sa.Connection) -> None:
    db.execute(sa.update(cursors).where(cursors.c.consumer == RELAY).values(seq=0))
