"""What is remembered for a moment: shared while it is asked for, bounded, and gone when told."""

import asyncio

import pytest

from tutti.services.streaming.service.hot import Hot


class Source:
    """Answers when let, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.open = asyncio.Event()

    async def ask(self) -> int:
        self.asked += 1
        mine = self.asked
        await self.open.wait()
        return mine


async def test_those_who_ask_at_once_share_one_question() -> None:
    hot, source = Hot[str, int](10, 60), Source()
    asking = [asyncio.create_task(hot.get("k", source.ask)) for _ in range(20)]
    await asyncio.sleep(0)
    asking[0].cancel()
    source.open.set()
    assert await asyncio.gather(*asking[1:]) == [1] * 19
    assert await hot.get("k", source.ask) == 1


async def test_what_is_forgotten_while_it_is_asked_for_is_asked_anew() -> None:
    hot, source = Hot[str, int](10, 60), Source()
    before = asyncio.create_task(hot.get("k", source.ask))
    await asyncio.sleep(0)
    hot.forget("k")
    after = asyncio.create_task(hot.get("k", source.ask))
    await asyncio.sleep(0)
    source.open.set()
    assert (await before, await after) == (1, 2)
    assert await hot.get("k", source.ask) == 2
    hot.clear()
    assert await hot.get("k", source.ask) == 3


async def test_it_holds_for_its_lifetime_and_no_more_than_its_size() -> None:
    present = 0.0
    hot, source = Hot[str, int](2, 10, lambda: present), Source()
    source.open.set()
    assert [await hot.get(key, source.ask) for key in "aba"] == [1, 2, 1]
    assert await hot.get("c", source.ask) == 3
    assert await hot.get("b", source.ask) == 4, "it was asked for least recently"
    present = 10.0
    assert await hot.get("b", source.ask) == 5


async def test_failures_are_told_to_all_who_ask_and_not_remembered() -> None:
    hot = Hot[str, int](10, 60)

    async def fail() -> int:
        await asyncio.sleep(0)
        raise LookupError

    outcomes = await asyncio.gather(*(hot.get("k", fail) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LookupError] * 3
    source = Source()
    source.open.set()
    assert await hot.get("k", source.ask) == 1
    with pytest.raises(LookupError):
        await hot.get("other", fail)
