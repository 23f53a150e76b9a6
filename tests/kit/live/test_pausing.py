"""Redis goes away and comes back: clients are told, hear their own process meanwhile, and ask anew afterwards."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from prometheus_client import REGISTRY

from kit.live.conftest import PATIENT
from kit.live.ears import Ears, Said, comes, numbers_of
from support.valkey import Valkey
from tutti.kit.live import Live
from tutti.kit.live.messages import Item, Message, Paused, Reset
from tutti.kit.stores import RedisSettings

WATCHFUL = RedisSettings(timeout_ms=1000, pause_ms=300, live_check_ms=1000)
"""Notices a Redis that hangs, and takes a slow one for away now and then."""
Open = Callable[..., Awaitable[Live]]


@pytest.mark.parametrize(
    ("go_away", "come_back", "settings"),
    [(Valkey.kill, Valkey.start, PATIENT), (Valkey.hang, Valkey.wake, WATCHFUL)],
    ids=["killed", "hung"],
)
async def test_live_pauses_and_goes_on(
    valkey: Valkey,
    open_one: Open,
    go_away: Callable[[Valkey], None],
    come_back: Callable[[Valkey], None],
    settings: RedisSettings,
) -> None:
    copies = await open_one(settings), await open_one(settings)
    here, there = [await Ears(live).enter("room") for live in copies]
    for ears in (here, there):
        await ears.hear_from(copies[0], "room", 1)
    go_away(valkey)
    await comes(lambda: all(live.is_paused for live in copies))
    await asyncio.gather(here.hear_pause(), there.hear_pause())
    assert REGISTRY.get_sample_value("tutti_live_paused") == 1
    copies[0].show("room", "said", Said(2))
    await here.hear_until(lambda: 2 in numbers_of(here.heard))  # whoever is connected to the same process
    late = await Ears(copies[0]).enter("room", "new")
    assert isinstance(await late.hear(), Paused)
    assert not await late.resume(1)

    come_back(valkey)
    resets = await asyncio.gather(*(ears.hear_reset() for ears in (here, there, late)))
    await comes(lambda: not any(live.is_paused for live in copies))
    await comes(lambda: REGISTRY.get_sample_value("tutti_live_paused") == 0)
    await late.hear_from(copies[1], "new", 3)  # a channel that was joined during the pause
    for ears in (here, there):
        await ears.hear_from(copies[1], "room", 4)
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
        place = len(ears.heard)
        await asyncio.to_thread(valkey.restart)
        await ears.hear_until(lambda place=place: was_away(ears.heard[place:]))
    await ears.hear_numbers(len(numbers_of(ears.heard)) + 20)
    over.set()
    said = await talking
    await ears.hear_until(lambda: said - 1 in numbers_of(ears.heard))
    # What was on its way as Redis went may come once more, long after the pause; the reset for it comes after that.
    await ears.hear_until(lambda: is_whole(after_reset(ears.heard), said))


def is_whole(numbers: Sequence[int], end: int) -> bool:
    """Whether nothing is missing up to ``end``, and nothing comes twice."""
    return list(numbers) == list(range(end - len(numbers), end))


def was_away(items: Sequence[Item]) -> bool:
    """Whether there was a pause, and a reset that ended it."""
    paused = next((place for place, item in enumerate(items) if isinstance(item, Paused)), len(items))
    return any(isinstance(item, Reset) for item in items[paused:])


def after_reset(items: Sequence[Item]) -> list[int]:
    """What was heard after the last reset."""
    last = max(place for place, item in enumerate(items) if isinstance(item, Reset))
    return numbers_of(items[last:])


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
    await comes(lambda: not copies[0].is_paused)


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
