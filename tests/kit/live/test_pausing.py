"""Redis goes away and comes back: clients are told, hear their own process meanwhile, and ask anew afterwards."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from prometheus_client import REGISTRY

from kit.live.ears import Ears, Said, numbers_of
from support.valkey import Valkey
from tutti.kit.live import Live
from tutti.kit.live.messages import Message, Paused, Reset


@pytest.mark.parametrize(("go_away", "come_back"), [(Valkey.kill, Valkey.start), (Valkey.hang, Valkey.wake)])
async def test_live_pauses_and_goes_on(
    valkey: Valkey,
    copies: tuple[Live, Live],
    go_away: Callable[[Valkey], None],
    come_back: Callable[[Valkey], None],
) -> None:
    here, there = [await Ears(live).enter("room") for live in copies]
    copies[0].show("room", "said", Said(1))
    await here.hear_numbers(1)
    go_away(valkey)
    await asyncio.gather(here.hear_pause(), there.hear_pause())
    assert REGISTRY.get_sample_value("tutti_live_paused") == 1
    copies[0].show("room", "said", Said(2))
    assert await here.hear_numbers(2) == [1, 2], "whoever is connected to the same process hears it"
    late = await Ears(copies[0]).enter("room", "new")
    assert isinstance(await late.hear(), Paused)
    assert not await late.resume(1)

    come_back(valkey)
    resets = await asyncio.gather(*(ears.hear_reset() for ears in (here, there, late)))
    assert not copies[0].is_paused
    assert REGISTRY.get_sample_value("tutti_live_paused") == 0
    copies[1].show("new", "said", Said(3))
    assert await late.hear_numbers(1) == [3], "a channel that was joined during the pause is heard"
    copies[1].show("room", "said", Said(4))
    await asyncio.gather(here.hear_numbers(3), there.hear_numbers(2))
    assert 4 in numbers_of(there.heard)
    assert 2 not in numbers_of(there.heard), "what was shown meanwhile elsewhere is lost, and that was said"
    newest = [item for item in here.heard if isinstance(item, Message)][-1]
    assert all(reset.last_id < newest.id for reset in resets), "who comes back asks from there on"


async def test_nothing_that_was_shown_is_lost_without_a_word(valkey: Valkey, copies: tuple[Live, Live]) -> None:
    """Shown before, while and after: each is heard by a client of the same process, or a reset follows it."""
    ears = await Ears(copies[0]).enter("room")
    over = asyncio.Event()

    async def talk() -> int:
        number = 0
        while not over.is_set():
            copies[0].show("room", "said", Said(number))
            number += 1
            await asyncio.sleep(0.005)
        return number

    talking = asyncio.create_task(talk())
    for _ in range(2):
        await ears.hear_numbers(len(numbers_of(ears.heard)) + 20)
        resets = sum(isinstance(item, Reset) for item in ears.heard)
        await asyncio.to_thread(valkey.restart)
        while sum(isinstance(item, Reset) for item in ears.heard) == resets:
            await ears.hear()
    await ears.hear_numbers(len(numbers_of(ears.heard)) + 20)
    over.set()
    said = await talking
    numbers = numbers_of(await ears.hear_until(lambda: said - 1 in numbers_of(ears.heard)))
    resets = [place for place, item in enumerate(ears.heard) if isinstance(item, Reset)]
    assert resets
    tail = numbers_of(ears.heard[resets[-1] :])
    assert tail == list(range(said - len(tail), said)), (
        "after the last reset, nothing is missing and nothing comes twice"
    )
    assert len(numbers) >= len(tail)


async def test_a_redis_that_takes_nothing_pauses_too(valkey: Valkey, copies: tuple[Live, Live]) -> None:
    """Full, or a replica: it can be heard, and what is shown does not get in."""
    ears = await Ears(copies[0]).enter("room")
    link = copies[0]._link  # type: ignore[attr-defined]
    await link.client.config_set("min-replicas-to-write", 1)
    copies[0].show("room", "said", Said(1))
    await ears.hear_pause()
    assert await ears.hear_numbers(1) == [1]
    await link.client.config_set("min-replicas-to-write", 0)
    await ears.hear_reset()
    assert not copies[0].is_paused


async def test_it_starts_without_redis_and_goes_on_with_it(
    valkey: Valkey, open_one: Callable[..., Awaitable[Live]]
) -> None:
    valkey.kill()
    live = await open_one()
    ears = await Ears(live).enter("room")
    assert isinstance(await ears.hear(), Paused)
    live.show("room", "said", Said(1))
    assert await ears.hear_numbers(1) == [1]
    valkey.start()
    await ears.hear_reset()
    assert numbers_of(ears.heard) == [1]
