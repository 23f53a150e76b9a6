"""Sending to JetStream: where one event is lost on the way, none of its stream overtakes it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig

from contract.transports import Counted
from support.nats import Nats, running_nats
from tutti.kit.events.event import seal
from tutti.kit.events.item import Item
from tutti.kit.events.jetstream.names import Names
from tutti.kit.events.jetstream.publisher import NotStored, Publisher, StreamGone
from tutti.kit.events.jetstream.wire import decode

NAMES = Names("sent", 1)
LIMIT_S = 60.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Nats]:
    with running_nats(tmp_path / "nats") as own:
        yield own


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """NATS may be slow."""
    monkeypatch.setattr("tutti.kit.events.jetstream.publisher._ACK_LIMIT_S", LIMIT_S)


@pytest.fixture
async def client(server: Nats) -> AsyncIterator[Client]:
    opened = await nats.connect(server.url, connect_timeout=int(LIMIT_S))
    yield opened
    await opened.close()


def events(count: int) -> list[Item]:
    return [Item(seq=n, envelope=seal(Counted(subject="s", number=n))) for n in range(1, count + 1)]


async def stored(client: Client) -> list[int]:
    js = client.jetstream(timeout=LIMIT_S)
    state = (await js.stream_info("sent-0")).state
    found = [await js.get_msg("sent-0", seq=n) for n in range(state.first_seq, state.last_seq + 1)]
    return [decode(message.data or b"").seq for message in found]


async def test_none_overtakes_one_that_is_lost(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    await client.jetstream(timeout=LIMIT_S).add_stream(StreamConfig(name="sent-0", subjects=["sent.0.>"]))
    publisher = Publisher(client, NAMES)
    await publisher.start()
    items, publish = events(6), client.publish
    lost = iter([False, False, True, False, False, False])

    async def lose(*arguments: object, **more: object) -> None:
        if not next(lost):
            await publish(*arguments, **more)  # pyright: ignore[reportArgumentType]  (it is passed on as it came)

    with monkeypatch.context() as patched:
        patched.setattr(client, "publish", lose)
        with pytest.raises(NotStored, match="last msg ID"):
            await publisher.send(items)
    assert await stored(client) == [1, 2]
    await publisher.send(items)
    assert await stored(client) == [1, 2, 3, 4, 5, 6]
    await publisher.send(items)
    assert await stored(client) == [1, 2, 3, 4, 5, 6]


async def test_a_stream_that_is_missing_is_named_as_such(client: Client) -> None:
    publisher = Publisher(client, NAMES)
    await publisher.start()
    with pytest.raises(StreamGone):
        await publisher.send(events(2))
