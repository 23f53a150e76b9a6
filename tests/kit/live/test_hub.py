"""Mailboxes are bounded, and say when they lost something."""

import msgspec

from kit.live.ears import Said, numbers_of
from tutti.kit.live.hub import CHANNEL_LIMIT, RING_LIMIT, Live
from tutti.kit.live.messages import QUEUE_LIMIT, Listener


def show(live: Live, numbers: range) -> None:
    for number in numbers:
        live.show("room", "said", Said(number))


async def test_a_slow_client_loses_the_oldest_and_is_told() -> None:
    live, listener = Live(), Listener()
    await live.subscribe(listener, "room")
    show(live, range(QUEUE_LIMIT))
    assert not listener.lost
    show(live, range(QUEUE_LIMIT, QUEUE_LIMIT + 10))
    assert listener.lost
    assert numbers_of(await listener.take()) == list(range(10, QUEUE_LIMIT + 10))


async def test_resuming_gives_what_was_missed_or_says_that_some_is_gone() -> None:
    live, listener = Live(), Listener()
    await live.subscribe(listener, "room")
    start = live.newest
    live.forget(listener)
    show(live, range(RING_LIMIT - 1))
    listener = Listener()
    await live.subscribe(listener, "room")
    await live.resume(listener, start)
    assert not listener.lost
    assert numbers_of(await listener.take()) == list(range(RING_LIMIT - 1))
    live.forget(listener)
    show(live, range(RING_LIMIT))
    await live.subscribe(listener, "room")
    await live.resume(listener, start)
    assert listener.lost


async def test_what_came_while_it_was_resumed_comes_once_and_in_its_place() -> None:
    live, listener = Live(), Listener()
    start = live.newest
    show(live, range(3))
    await live.subscribe(listener, "room")
    show(live, range(3, 5))
    await live.resume(listener, start)
    assert not listener.lost
    items = await listener.take()
    assert numbers_of(items) == [0, 1, 2, 3, 4]
    assert [item.id for item in items] == sorted(item.id for item in items)  # type: ignore[union-attr]


async def test_a_message_is_what_it_was_when_it_was_shown() -> None:
    class Changing(msgspec.Struct):
        number: int

    live, listener = Live(), Listener()
    await live.subscribe(listener, "room")
    payload = Changing(1)
    live.show("room", "said", payload)
    payload.number = 2
    assert numbers_of(await listener.take()) == [1]


async def test_who_has_left_is_forgotten_and_few_channels_are_kept() -> None:
    live, listener = Live(), Listener()
    live.enter(listener)
    await live.subscribe(listener, "room")
    live.forget(listener)
    for number in range(CHANNEL_LIMIT + 100):
        live.show(f"room:{number}", "said", Said(number))
    assert live._listeners == {}
    assert live._everybody == set()
    assert len(live._rings) == CHANNEL_LIMIT
