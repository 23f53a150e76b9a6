"""A repeated POST is carried out once, and answered as it was the first time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from kit.web.room import Room, room_client
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.errors import AppError
from tutti.kit.settings import Settings
from tutti.kit.web import idempotency
from tutti.kit.web.idempotency import Question, answers, claim, keep

CHAIR = {"legCount": 4}


@pytest.fixture
async def room(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, Room]]:
    async with room_client(settings) as opened:
        yield opened


async def post(http: httpx.AsyncClient, key: str, body: object = CHAIR, who: str = "ada") -> httpx.Response:
    headers = {"Idempotency-Key": key, "Authorization": f"Bearer tutti_{who}"}
    return await http.post("/chairs", json=body, headers=headers)


async def test_a_repetition_is_answered_from_memory(room: tuple[httpx.AsyncClient, Room]) -> None:
    http, made = room
    first, second = await post(http, "a"), await post(http, "a")
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["content-type"] == first.headers["content-type"]
    assert len(made.made) == 1


async def test_without_a_key_or_with_another_it_is_another_request(room: tuple[httpx.AsyncClient, Room]) -> None:
    http, made = room
    await http.post("/chairs", json=CHAIR)
    await http.post("/chairs", json=CHAIR)
    await post(http, "a")
    await post(http, "b")
    await post(http, "a", who="bob")
    assert len(made.made) == 5


async def test_many_at_once_are_one(room: tuple[httpx.AsyncClient, Room]) -> None:
    http, made = room
    found = await asyncio.gather(*(post(http, "a") for _ in range(8)))
    assert len({answer.text for answer in found}) == 1
    assert len(made.made) == 1


async def test_a_key_is_for_one_request(room: tuple[httpx.AsyncClient, Room]) -> None:
    http, _ = room
    await post(http, "a")
    answer = await post(http, "a", {"legCount": 3})
    assert (answer.status_code, answer.json()["code"]) == (422, "KEY_REUSED")


async def test_a_refusal_is_remembered_and_a_breakdown_is_not(room: tuple[httpx.AsyncClient, Room]) -> None:
    http, made = room
    for _ in range(2):
        assert (await post(http, "a", {"legCount": 7})).status_code == 409
    assert len(made.made) == 1
    for _ in range(2):
        assert (await post(http, "b", {"legCount": 8})).status_code == 500
    assert len(made.made) == 3


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_that_cannot_be_is_refused(room: tuple[httpx.AsyncClient, Room], key: str) -> None:
    answer = await post(room[0], key)
    assert (answer.status_code, answer.json()["code"]) == (400, "UNUSABLE_KEY")


QUESTION = Question("01932c07-209d-7b2e-9d9b-0a8c2f1e6d4a", "POST /x", "k", b"h" * 32)


async def test_one_that_is_under_way_elsewhere_is_not_repeated(db: Database) -> None:
    assert await db.write(claim, QUESTION) is None
    with pytest.raises(AppError) as refused:
        await db.write(claim, QUESTION)
    assert refused.value.code == "STILL_UNDER_WAY"
    await db.write(keep, QUESTION, None)
    assert await db.write(claim, QUESTION) is None


async def test_answers_are_kept_for_a_day(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await db.write(claim, QUESTION)
    kept = idempotency.Answer(201, [("content-type", "application/json")], b"{}")
    await db.write(keep, QUESTION, kept)
    assert await db.write(claim, QUESTION) == kept
    monkeypatch.setattr(idempotency, "now", lambda: now() + timedelta(hours=25))
    assert await db.write(claim, QUESTION) is None
    assert await db.read(lambda c: c.execute(sa.select(sa.func.count()).select_from(answers)).scalar_one()) == 1
