"""Sending to JetStream: where an event is lost on the way, none of its key overtakes it, and nothing else is harmed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig

from contract.transports import Counted, eventually
from support.nats import running_cluster, running_nats
from tutti.kit.events.event import seal
from tutti.kit.events.item import Item
from tutti.kit.events.jetstream.names import Names
from tutti.kit.events.jetstream.publisher import NotStored, Publisher, StreamGone
from tutti.kit.events.jetstream.wire import decode

NAMES = Names("sent", 1)
LIMIT_S = 60.0
CALL_LIMIT_S = 5.0


@pytest.fixture(params=[1, 3], ids=["one server", "three servers"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[str]]:
    if request.param == 1:
        with running_nats(tmp_path / "nats") as server:
            yield [server.url]
    else:
        with running_cluster(tmp_path / "nats", request.param) as servers:
            yield [server.url for server in servers]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """NATS may be slow."""
    monkeypatch.setattr("tutti.kit.events.jetstream.publisher._ACK_LIMIT_S", LIMIT_S)


@asynccontextmanager
async def connected(urls: list[str]) -> AsyncGenerator[Client]:
    client = await nats.connect(urls, connect_timeout=int(LIMIT_S))
    try:
        yield client
    finally:
        await client.close()


async def started(client: Client) -> Publisher:
    publisher = Publisher(client, NAMES)
    await publisher.start()
    return publisher


@pytest.fixture
async def client(urls: list[str]) -> AsyncIterator[Client]:
    async with connected(urls) as opened:
        yield opened


@pytest.fixture
async def publisher(client: Client) -> Publisher:
    return await started(client)


def events(*subjects: str) -> list[Item]:
    told = (Counted(subject=subject, number=n) for n, subject in enumerate(subjects, 1))
    return [Item(seq=event.number, envelope=seal(event)) for event in told]


async def make_stream(client: Client, replicas: int) -> None:
    """Make it, and see that it takes what is sent: servers that have only just met may leave a call unanswered."""
    js = client.jetstream(timeout=CALL_LIMIT_S)
    config = StreamConfig(name="sent-0", subjects=["sent.0.>"], num_replicas=replicas)

    async def is_made() -> bool:
        await js.add_stream(config)
        await js.publish("sent.0.first", b"")
        return await js.purge_stream("sent-0")

    await eventually(is_made)


async def stored(client: Client) -> list[Item]:
    js = client.jetstream(timeout=CALL_LIMIT_S)
    found = list[Item]()

    async def is_read() -> bool:
        found.clear()
        state = (await js.stream_info("sent-0")).state
        for place in range(state.first_seq, state.last_seq + 1):
            found.append(decode((await js.get_msg("sent-0", seq=place)).data or b""))
        return True

    await eventually(is_read)
    return found


async def numbers_of(client: Client, key: str) -> list[int]:
    return [item.seq for item in await stored(client) if item.key == key]


async def test_none_overtakes_one_of_its_key_that_is_lost(
    client: Client, publisher: Publisher, urls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_stream(client, len(urls))
    items, publish = events(*"aaabbacc"), client.publish

    async def lose(subject: str, payload: bytes, **more: object) -> None:
        is_lost = decode(payload).seq == 2
        await publish("no.stream" if is_lost else subject, payload, **more)  # pyright: ignore[reportArgumentType]

    with monkeypatch.context() as patched:
        patched.setattr(client, "publish", lose)
        with pytest.raises(StreamGone):
            await publisher.send(items)

    async def all_others_are_there() -> bool:
        return len(await stored(client)) == 5

    await eventually(all_others_are_there)
    assert await numbers_of(client, "a") == [1]
    for _ in range(2):
        await publisher.send(items)
        assert await numbers_of(client, "a") == [1, 2, 3, 6]
        assert await numbers_of(client, "b") == [4, 5]
        assert await numbers_of(client, "c") == [7, 8]
        assert len(await stored(client)) == len(items)


async def test_those_of_different_keys_are_on_their_way_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_nats(tmp_path / "nats") as server:
        async with connected([server.url]) as client:
            await make_stream(client, 1)
            publisher, sent, publish = await started(client), list[int](), client.publish

            async def note(subject: str, payload: bytes, **more: object) -> None:
                sent.append(decode(payload).seq)
                await publish(subject, payload, **more)  # pyright: ignore[reportArgumentType]

            monkeypatch.setattr(client, "publish", note)
            with server.hanging():
                sending = asyncio.create_task(publisher.send(events(*"abcab")))
                while len(sent) < 3:
                    await asyncio.sleep(0.01)
                await asyncio.sleep(0.2)
                assert sent == [1, 2, 3]
            await sending
            assert sent == [1, 2, 3, 4, 5]


async def test_an_event_that_is_known_and_nowhere_is_not_stored(
    client: Client, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = client.publish

    async def answer(_subject: str, _payload: bytes, *, reply: str, **_more: object) -> None:
        await publish(reply, b'{"stream": "sent-0", "seq": 0, "duplicate": true}')

    monkeypatch.setattr(client, "publish", answer)
    with pytest.raises(NotStored, match="not where"):
        await publisher.send(events("a"))


async def test_a_stream_that_is_missing_is_named_as_such(publisher: Publisher) -> None:
    with pytest.raises(StreamGone):
        await publisher.send(events(*"ab"))
