"""Live channels over two processes and a real Valkey: order, ids, resuming elsewhere, bounds."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import redis.asyncio

from kit.live.conftest import PATIENT
from kit.live.ears import Ears, Said, numbers_of
from support.valkey import Valkey
from tutti.kit.live import Live
from tutti.kit.live.hub import RING_LIMIT
from tutti.kit.live.messages import QUEUE_LIMIT, Message, Reset

Open = Callable[..., Awaitable[Live]]


async def test_what_one_process_shows_the_clients_of_all_hear(copies: tuple[Live, Live]) -> None:
    here, there = [await Ears(live).enter("room") for live in copies]
    elsewhere = await Ears(copies[1]).enter("other")
    copies[0].show("room", "said", Said(1))
    for ears in (here, there):
        message = await ears.hear()
        assert isinstance(message, Message)
        assert (message.channel, message.kind, bytes(message.payload)) == ("room", "said", b'{"number":1}')
    copies[1].show("other", "said", Said(2))
    assert await elsewhere.hear_numbers(1) == [2], "and nothing of the room"


async def test_order_is_kept_and_ids_rise_over_all_processes_and_channels(copies: tuple[Live, Live]) -> None:
    ears = [await Ears(live).enter("a", "b") for live in copies]
    for number in range(60):
        copies[0].show("ab"[number % 2], "said", Said(number))
        copies[1].show("ba"[number % 2], "said", Said(100 + number))
        if number % 7 == 0:
            await asyncio.sleep(0)
    for each in ears:
        numbers = await each.hear_numbers(120)
        assert [number for number in numbers if number < 100] == list(range(60))
        assert [number for number in numbers if number >= 100] == list(range(100, 160))
    ids = [[item.id for item in each.heard if isinstance(item, Message)] for each in ears]
    assert ids[0] == ids[1] == sorted(set(ids[0]))
    assert ids[0][-1] < 2**53, "JavaScript counts no further"


async def test_who_comes_back_to_another_process_hears_what_was_missed(copies: tuple[Live, Live]) -> None:
    first = await Ears(copies[0]).enter("room")
    copies[0].show("room", "said", Said(1))
    heard = await first.hear()
    assert isinstance(heard, Message)
    first.leave()
    other = await Ears(copies[0]).enter("room", "other")
    copies[0].show("room", "said", Said(2))
    copies[0].show("other", "said", Said(3))
    copies[0].show("room", "said", Said(4))
    await other.hear_numbers(3)
    again = await Ears(copies[1]).enter("room")
    copies[1].show("room", "said", Said(5))
    await other.hear_numbers(4)
    assert await again.resume(heard.id)
    assert await again.hear_numbers(3) == [2, 4, 5]


async def test_who_missed_nothing_resumes_with_nothing(copies: tuple[Live, Live]) -> None:
    newest = await copies[0].find_newest()
    ears = await Ears(copies[1]).enter("room")
    assert await ears.resume(newest)
    copies[1].show("room", "said", Said(1))
    assert await ears.hear_numbers(1) == [1]


async def test_what_cannot_be_resumed_is_said(valkey: Valkey, copies: tuple[Live, Live], open_one: Open) -> None:
    start = await copies[0].find_newest()
    ears = await Ears(copies[0]).enter("room")
    assert not await ears.resume(41), "of before there was anything"
    assert not await ears.resume(start + 10**12), "of the future"
    for number in range(RING_LIMIT + 1):
        copies[0].show("room", "said", Said(number))
    await ears.hear_numbers(RING_LIMIT + 1)
    late = await Ears(copies[1]).enter("room")
    assert not await late.resume(start), "one message is gone"
    assert await late.hear_numbers(RING_LIMIT) == list(range(1, RING_LIMIT + 1))
    forgetful = await open_one(msgspec.structs.replace(PATIENT, live_kept_s=10))
    old = await Ears(forgetful).enter("quiet")
    assert not await old.resume(start - 11_000_000)


async def test_a_slow_client_loses_the_oldest_and_others_do_not(copies: tuple[Live, Live]) -> None:
    slow, quick = await Ears(copies[1]).enter("room"), await Ears(copies[1]).enter("room")
    for start in range(0, 2 * QUEUE_LIMIT, 64):
        for number in range(start, start + 64):
            copies[0].show("room", "said", Said(number))
        await quick.hear_numbers(start + 64)
    assert not quick.listener.lost
    assert slow.listener.lost
    assert numbers_of(await slow.listener.take()) == list(range(QUEUE_LIMIT, 2 * QUEUE_LIMIT))


async def test_ten_thousand_channels_leave_little_behind(valkey: Valkey, copies: tuple[Live, Live]) -> None:
    here, there = copies
    client = redis.asyncio.Redis.from_url(valkey.url)
    ears = [await Ears(there).enter() for _ in range(100)]
    names = [[f"room:{who}:{number}" for number in range(100)] for who in range(100)]
    await asyncio.gather(
        *(there.subscribe(each.listener, name) for each, own in zip(ears, names, strict=True) for name in own)
    )
    assert (await client.pubsub_numsub("tutti:live:of:room:99:99"))[0][1] == 1
    for each, own in zip(ears, names, strict=True):
        for name in own:
            here.show(name, "said", Said(1))
        assert len(await each.hear_numbers(100)) == 100
        each.leave()
    while await client.pubsub_channels("tutti:live:of:*"):
        await asyncio.sleep(0.02)
    assert there._listeners == there._by_key == there._hearing._awaited == {}  # type: ignore[attr-defined]
    assert len(there._hearing._asked) == 1  # type: ignore[attr-defined]
    assert here._rings == there._rings == {}, "they are in Redis"
    ends_in_s = [await client.ttl(f"tutti:live:of:{names[0][number]}") for number in range(100)]
    assert all(0 < left <= PATIENT.live_kept_s for left in ends_in_s)
    await client.aclose()


async def test_rings_are_bounded(valkey: Valkey, copies: tuple[Live, Live]) -> None:
    ears = await Ears(copies[0]).enter("room")
    for number in range(200):
        copies[0].show("room", "said", Said(number))
    await ears.hear_numbers(200)
    client = redis.asyncio.Redis.from_url(valkey.url)
    assert await client.llen("tutti:live:of:room") == RING_LIMIT
    await client.aclose()


async def test_a_burst_that_does_not_fit_is_told_to_everybody(valkey: Valkey, open_one: Open) -> None:
    narrow = await open_one(msgspec.structs.replace(PATIENT, live_queue=16))
    there = await open_one()
    ears = await Ears(there).enter("room")
    for number in range(100):
        narrow.show("room", "said", Said(number))
    await ears.hear_until(lambda: any(isinstance(item, Reset) for item in ears.heard))
    assert numbers_of(ears.heard) == list(range(84, 100))
