"""Mailboxes are bounded, and say when they lost something."""

import msgspec

from tutti.kit.live.hub import QUEUE_LIMIT, RING_LIMIT, Listener, Live


class Said(msgspec.Struct):
    number: int


def show(live: Live, numbers: range) -> None:
    for number in numbers:
        live.show("room", "said", Said(number))


async def test_a_slow_client_loses_the_oldest_and_is_told() -> None:
    live, listener = Live(), Listener()
    live.subscribe(listener, "room")
    show(live, range(QUEUE_LIMIT))
    assert not listener.lost
    show(live, range(QUEUE_LIMIT, QUEUE_LIMIT + 10))
    assert listener.lost
    taken = await listener.take()
    assert [message.payload.number for message in taken] == list(range(10, QUEUE_LIMIT + 10))  # type: ignore[attr-defined]


async def test_resuming_gives_what_was_missed_or_says_that_some_is_gone() -> None:
    live, listener = Live(), Listener()
    live.subscribe(listener, "room")
    start = live.last_id
    live.forget(listener)
    show(live, range(RING_LIMIT - 1))
    live.subscribe(listener, "room")
    assert live.resume(listener, start)
    assert len(await listener.take()) == RING_LIMIT - 1
    show(live, range(RING_LIMIT))
    assert not live.resume(listener, start)


def test_who_has_left_is_forgotten() -> None:
    live, listener = Live(), Listener()
    live.subscribe(listener, "room")
    live.forget(listener)
    assert live._listeners == {}
