"""A repeated POST is carried out once, and answered as it was the first time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, event

from kit.web.room import ADA, Room, room_client
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.errors import AppError
from tutti.kit.settings import Settings
from tutti.kit.storage.errors import BodyCut
from tutti.kit.web import idempotency, idempotent
from tutti.kit.web.idempotency import Answer, Idempotency, Question, answers, claim, keep, renew

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


QUESTION = Question(ADA.user_id, "POST /x", "k", b"h" * 32, owner="01932c07-209d-7b2e-9d9b-0a8c2f1e6d51")
REPEATED = msgspec.structs.replace(QUESTION, owner="01932c07-209d-7b2e-9d9b-0a8c2f1e6d52")
"""The same, sent again to another copy."""
KEPT = Answer(201, [("content-type", "application/json")], b"{}")


def later(monkeypatch: pytest.MonkeyPatch, **passed: float) -> None:
    """Let so much time pass for the database."""
    monkeypatch.setattr(idempotency, "database_time", lambda _: now() + timedelta(**passed))


def list_asked(db: Connection) -> list[datetime]:
    return list(db.execute(sa.select(answers.c.created_at)).scalars())


async def test_one_that_is_under_way_elsewhere_is_not_repeated(db: Database) -> None:
    assert await db.write(claim, QUESTION) is None
    with pytest.raises(AppError) as refused:
        await db.write(claim, QUESTION)
    assert refused.value.code == "STILL_UNDER_WAY"
    await db.write(keep, QUESTION, None)
    assert await db.write(claim, QUESTION) is None


async def test_answers_are_kept_for_a_day(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await db.write(claim, QUESTION)
    await db.write(keep, QUESTION, KEPT)
    later(monkeypatch, hours=23)
    assert await db.write(claim, QUESTION) == KEPT
    later(monkeypatch, hours=25)
    assert await db.write(claim, QUESTION) is None
    assert len(await db.read(list_asked)) == 1


async def test_what_a_killed_process_left_may_be_tried_again_soon(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await db.write(claim, QUESTION)
    later(monkeypatch, seconds=30)
    assert await db.write(claim, QUESTION) is None


async def test_what_is_under_way_for_long_is_not_taken_for_left(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await db.write(claim, QUESTION)
    for seconds in (15, 30, 45):
        later(monkeypatch, seconds=seconds)
        await db.write(renew, QUESTION)
        with pytest.raises(AppError) as refused:
            await db.write(claim, QUESTION)
        assert refused.value.code == "STILL_UNDER_WAY"


async def test_who_was_taken_for_dead_spoils_no_answer(db: Database) -> None:
    """Its claim was taken over, and whoever did that has answered."""
    await db.write(claim, QUESTION)
    await db.write(keep, QUESTION, KEPT)
    asked = await db.read(list_asked)
    await db.write(renew, QUESTION)
    await db.write(keep, QUESTION, None)
    await db.write(keep, QUESTION, Answer(409, [], b""))
    assert await db.read(list_asked) == asked
    assert await db.write(claim, QUESTION) == KEPT


async def take_over(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one copy stand still until its claim has lapsed, and another take it over."""
    assert await db.write(claim, QUESTION) is None
    later(monkeypatch, seconds=30)
    assert await db.write(claim, REPEATED) is None


async def test_who_was_taken_for_dead_gives_back_no_claim_of_another(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take_over(db, monkeypatch)
    await db.write(keep, QUESTION, None)
    assert len(await db.read(list_asked)) == 1
    await db.write(keep, REPEATED, KEPT)
    assert await db.write(claim, QUESTION) == KEPT


async def test_who_was_taken_for_dead_answers_for_no_other(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await take_over(db, monkeypatch)
    await db.write(keep, QUESTION, Answer(409, [], b""))
    await db.write(keep, REPEATED, KEPT)
    assert await db.write(claim, QUESTION) == KEPT


async def test_who_was_taken_for_dead_renews_no_claim_of_another(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await take_over(db, monkeypatch)
    asked = await db.read(list_asked)
    later(monkeypatch, seconds=45)
    await db.write(renew, QUESTION)
    assert await db.read(list_asked) == asked


async def test_who_is_late_and_was_not_missed_is_remembered(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its claim has lapsed, and nobody has come for it."""
    await db.write(claim, QUESTION)
    later(monkeypatch, seconds=30)
    await db.write(keep, QUESTION, KEPT)
    assert await db.write(claim, REPEATED) == KEPT


async def test_a_claim_of_an_older_version_holds_as_well(db: Database) -> None:
    """During an upgrade: it says nothing of an owner."""
    row = msgspec.structs.asdict(QUESTION) | {"created_at": now(), "headers": "[]"}
    del row["owner"]
    await db.write(lambda connection: connection.execute(sa.insert(answers).values(row)).close())
    with pytest.raises(AppError) as refused:
        await db.write(claim, QUESTION)
    assert refused.value.code == "STILL_UNDER_WAY"
    await db.write(keep, QUESTION, None)
    assert len(await db.read(list_asked)) == 1


async def test_a_claim_that_is_given_back_while_one_looks_is_free(db: Database) -> None:
    to_forget = [QUESTION]

    def claim_as_another_copy_forgets(connection: Connection) -> Answer | None:
        def forget(_: Connection, statement: object, *__: object) -> None:
            if to_forget and isinstance(statement, sa.Select) and answers.name in str(statement):
                keep(connection, to_forget.pop(), None)

        event.listen(connection, "before_execute", forget)
        return claim(connection, QUESTION)

    assert await db.write(claim, QUESTION) is None
    assert await db.write(claim_as_another_copy_forgets) is None
    assert to_forget == []
    assert len(await db.read(list_asked)) == 1


WHOLE: dict[str, object] = {"type": "http.request", "body": b"", "more_body": False}


async def ask(db: Database, app: Any, *messages: dict[str, object]) -> None:
    """Let ``app`` hear such messages as a POST with a key."""
    route = SimpleNamespace(opt=idempotent["opt"])
    scope = {"type": "http", "method": "POST", "path": "/x", "headers": [(b"idempotency-key", b"k")]}
    left = iter(messages)

    async def receive() -> dict[str, object]:
        return next(left)

    async def send(_: object) -> None:
        pass

    await Idempotency(app, db, 1000)(scope | {"route_handler": route, "user": ADA}, receive, send)


async def answer_briefly(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 201, "headers": []})
    await send({"type": "http.response.body", "body": b"made"})


async def test_a_body_that_was_cut_is_neither_carried_out_nor_remembered(db: Database) -> None:
    made: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        made.append((await receive())["body"])
        await answer_briefly(scope, receive, send)

    begun = {"type": "http.request", "body": b'{"leg', "more_body": True}
    with pytest.raises(BodyCut):
        await ask(db, app, begun, {"type": "http.disconnect"})
    assert made == []
    await ask(db, app, begun, {"type": "http.request", "body": b'Count":4}', "more_body": False})
    assert made == [b'{"legCount":4}']


async def test_a_claim_is_renewed_while_its_request_is_under_way(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "RENEWED_EVERY_S", 0.01)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        [begun] = await db.read(list_asked)
        async with asyncio.timeout(60):
            while await db.read(list_asked) == [begun]:
                await asyncio.sleep(0.01)
        await answer_briefly(scope, receive, send)

    await ask(db, app, WHOLE)


async def test_a_request_that_stood_still_and_broke_down_leaves_its_repetition_alone(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "RENEWED_EVERY_S", 3600)
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def answer_later(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        await goes_on.wait()
        await answer_briefly(scope, receive, send)

    async with asyncio.TaskGroup() as copies:

        async def break_down(*_: object) -> None:
            later(monkeypatch, seconds=30)
            copies.create_task(ask(db, answer_later, WHOLE))
            await begun.wait()
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await ask(db, break_down, WHOLE)
        assert len(await db.read(list_asked)) == 1
        goes_on.set()
    await ask(db, break_down, WHOLE)  # it has its answer, and is not carried out
