"""Which jobs run: here and in other copies, as far as those said so lately."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from services.media.jobs.workshop import Workshop
from support.audio import audio_bytes
from tutti.kit.clock import now
from tutti.kit.stores import MemoryStores
from tutti.services.media.service.work import board as board_module
from tutti.services.media.service.work.board import Board

LIMIT_S = 60


async def becomes(wanted: object, ask: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while await ask() != wanted:
            await asyncio.sleep(0.005)


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> tuple[Board, Board]:
    """Two copies of media that share short-lived state."""
    monkeypatch.setattr(board_module, "_NOTED_EVERY_S", 0.01)
    stores = MemoryStores()
    return Board(stores), Board(stores)


async def shares(board: Board) -> dict[str, float]:
    return {job_id: each.share for job_id, each in (await board.list_running()).items()}


async def test_each_copy_shows_what_runs_in_any(copies: tuple[Board, Board]) -> None:
    here, there = copies
    async with here.showing("a") as a, there.showing("b") as b:
        a.share, b.share = 0.25, 0.5
        for each in copies:
            await becomes({"a": 0.25, "b": 0.5}, lambda each=each: shares(each))
        a.share = 0.75
        assert (await shares(here))["a"] == 0.75, "known at once where it runs"
        await becomes({"a": 0.75, "b": 0.5}, lambda: shares(there))
    assert await shares(here) == await shares(there) == {}


async def test_jobs_of_a_copy_that_was_killed_are_forgotten(
    copies: tuple[Board, Board], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = copies
    running = here.showing("a")
    await running.__aenter__()
    await becomes({"a": 0.0}, lambda: shares(there))
    monkeypatch.setattr(board_module, "_NOTED_EVERY_S", 3600)
    await asyncio.sleep(0.05)  # the last note of it
    monkeypatch.setattr(board_module, "now", lambda: now() + timedelta(minutes=2))
    assert await shares(there) == {}
    await running.__aexit__(None, None, None)


async def test_what_runs_elsewhere_is_listed_as_running(workshop: Workshop) -> None:
    await workshop.made(audio_bytes("flac", seconds=1.0))
    (done,) = await workshop.jobs()
    async with Board(workshop.site.process.stores).showing(done["id"]) as elsewhere:
        elsewhere.share = 0.5
        assert [job["state"] for job in await workshop.jobs()] == ["done"], "what has ended does not run"
        assert await workshop.jobs(state="running") == []
