"""``Idempotency-Key``: a POST that a client repeats is carried out once, and answered as it was the first time.

Kept per user, route and key for a day. A repetition while the first is under way waits for it; at another copy it is
told to come again. Whoever carries a request out renews its claim all the while. Where a process died midway the claim
ends by itself, and the next repetition is carried out: nobody can say how far the first one came. One that only stood
still for as long answers its own client, and leaves alone what is no longer its own: the claim, and what is remembered.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from tutti.kit.db import Database, Id, UtcTime, database_time, metadata
from tutti.kit.errors import Invalid, TooLarge, TooManyRequests, Unprocessable
from tutti.kit.ids import new_id
from tutti.kit.storage.errors import BodyCut
from tutti.kit.tasks import end_tasks
from tutti.kit.web.routing import IDEMPOTENT

RENEWED_EVERY_S = 5.0
_LEASE = timedelta(seconds=20)
"""How long a claim holds that nobody renews."""
_KEPT = timedelta(hours=24)
_MAX_KEY = 255
_MAX_KEPT_BYTES = 1024 * 1024
_FIRST_SERVER_ERROR = 500
_KEPT_HEADERS = (b"content-type", b"location", b"etag")

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.web")

answers = sa.Table(
    "idempotency_answers",
    metadata,
    sa.Column("user_id", Id, primary_key=True),
    sa.Column("route", sa.String(200), primary_key=True),
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("request_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),  # of a claim: when it was renewed last
    sa.Column("status", sa.Integer, nullable=True),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=True),
    sa.Column("owner", Id, nullable=True),  # the request that claimed; null where a version before 0011 did
    sa.Index("ix_idempotency_answers_created_at", "created_at"),
)


class UnusableKey(Invalid):
    """An Idempotency-Key is 1 to 255 visible ASCII characters."""


class KeyReused(Unprocessable):
    """The Idempotency-Key was used for another request before."""


class StillUnderWay(TooManyRequests):
    """The first request with this Idempotency-Key has not been answered yet."""


class BodyTooLarge(TooLarge):
    """The body is larger than what is taken here."""


class Question(msgspec.Struct, frozen=True):
    """What a key stands for: who asked where, and a digest of what; ``owner`` is this one time that it is asked."""

    user_id: str
    route: str
    key: str
    request_hash: bytes
    owner: str


class Answer(msgspec.Struct, frozen=True):
    """What is repeated."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Idempotency:
    """Answers repeated requests to routes that carry ``**idempotent``."""

    def __init__(self, app: Any, db: Database, max_body_bytes: int) -> None:
        self._app = app
        self._db = db
        self._max_body_bytes = max_body_bytes
        self._under_way: dict[tuple[str, str, str], asyncio.Event] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Carry the request out, or repeat what was answered to it."""
        key = next((value for name, value in scope.get("headers", ()) if name == b"idempotency-key"), None)
        if key is None or scope["type"] != "http" or not scope["route_handler"].opt.get(IDEMPOTENT):
            await self._app(scope, receive, send)
            return
        body = await _read(receive, self._max_body_bytes)
        question = _question(scope, key, body)
        place = (question.user_id, question.route, question.key)
        while place in self._under_way:
            await self._under_way[place].wait()
        self._under_way[place] = asyncio.Event()
        try:
            await self._answer(question, scope, _repeated(body, receive), send)
        finally:
            self._under_way.pop(place).set()

    async def _answer(self, question: Question, scope: Any, receive: Any, send: Any) -> None:
        known = await self._db.write(claim, question)
        if known is not None:
            await _send(known, send)
            return
        heard = _Heard(send)
        async with self._renewed(question):
            try:
                await self._app(scope, receive, heard)
            finally:
                await asyncio.shield(self._db.write(keep, question, heard.answer))

    @asynccontextmanager
    async def _renewed(self, question: Question) -> AsyncGenerator[None, None]:
        """Keep the claim of ``question`` for the length of a block."""
        renewing = asyncio.create_task(self._renew(question), name="renew a claim")
        try:
            yield
        finally:
            await end_tasks(renewing)

    async def _renew(self, question: Question) -> None:
        while True:
            await asyncio.sleep(RENEWED_EVERY_S)
            try:
                await self._db.write(renew, question)
            except Exception:  # the database is away, and so is whoever would take the claim
                log.exception("the claim of a request could not be renewed", route=question.route)


class _Heard:
    """Passes an answer on and remembers it, if it is of a kind and size to be kept."""

    def __init__(self, send: Any) -> None:
        self._send = send
        self._start: Any = None
        self._body = bytearray()
        self._whole = False

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body" and len(self._body) <= _MAX_KEPT_BYTES:
            self._body += message.get("body", b"")
            self._whole = not message.get("more_body", False)
        await self._send(message)

    @property
    def answer(self) -> Answer | None:
        """What to repeat; None where the request may be tried afresh."""
        if not self._whole or len(self._body) > _MAX_KEPT_BYTES or self._start["status"] >= _FIRST_SERVER_ERROR:
            return None
        kept = [(k.decode(), v.decode()) for k, v in self._start["headers"] if k.lower() in _KEPT_HEADERS]
        return Answer(self._start["status"], kept, bytes(self._body))


def _question(scope: Any, key: bytes, body: bytes) -> Question:
    text = key.decode("latin-1")
    if not 1 <= len(text) <= _MAX_KEY or not text.isascii() or not text.isprintable():
        raise UnusableKey("An Idempotency-Key is 1 to 255 visible ASCII characters.")
    route = f"{scope['method']} {scope['path']}"
    digest = hashlib.sha256(scope.get("query_string", b"") + b"\n" + body).digest()
    return Question(scope["user"].user_id, route[:200], text, digest, owner=new_id())


def claim(db: Connection, question: Question) -> Answer | None:
    """Note that ``question`` is under way; or return the answer it had.

    Raises:
        KeyReused: it was another question.
        StillUnderWay: it has no answer yet, elsewhere.
    """
    at = database_time(db)
    forgotten = (answers.c.created_at < at - _KEPT) | (
        answers.c.status.is_(None) & (answers.c.created_at < at - _LEASE)
    )
    db.execute(sa.delete(answers).where(forgotten))
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    row = {**msgspec.structs.asdict(question), "created_at": at, "headers": "[]"}
    if db.execute(dialect.insert(answers).on_conflict_do_nothing(), row).rowcount:
        return None
    found = db.execute(sa.select(answers).where(_is(question))).first()
    if found is None:  # another copy has given its claim back since
        return claim(db, question)
    if found.request_hash != question.request_hash:
        raise KeyReused("This Idempotency-Key belongs to another request; choose a new one.")
    if found.status is None:
        raise StillUnderWay("The first request with this Idempotency-Key is under way.", retry_after_s=5)
    headers = msgspec.json.decode(found.headers, type=list[tuple[str, str]])
    return Answer(found.status, headers, found.body or b"")


def renew(db: Connection, question: Question) -> None:
    """Note that ``question`` is still under way, unless its claim was taken over."""
    db.execute(sa.update(answers).where(_is_claimed(question)).values(created_at=database_time(db)))


def keep(db: Connection, question: Question, answer: Answer | None) -> None:
    """Remember the answer to ``question``, unless its claim was taken over; None forgets that it was asked."""
    if answer is None:
        db.execute(sa.delete(answers).where(_is_claimed(question)))
        return
    headers = msgspec.json.encode(answer.headers).decode()
    kept = {"status": answer.status, "headers": headers, "body": answer.body}
    db.execute(sa.update(answers).where(_is_claimed(question)).values(kept))


def _is_claimed(question: Question) -> sa.ColumnElement[bool]:
    """Under way, and nobody has taken the claim over; nor answered, as versions that know no owner may have done."""
    return _is(question) & (answers.c.owner == question.owner) & answers.c.status.is_(None)


def _is(question: Question) -> sa.ColumnElement[bool]:
    return (
        (answers.c.user_id == question.user_id) & (answers.c.route == question.route) & (answers.c.key == question.key)
    )


async def _read(receive: Any, max_bytes: int) -> bytes:
    """Return the whole body.

    Raises:
        BodyTooLarge: it has more than ``max_bytes``.
        BodyCut: the client has left.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyCut("The connection ended before the body did; send it again.")
        body += message.get("body", b"")
        if len(body) > max_bytes:
            raise BodyTooLarge("The body is larger than what is taken here.")
        if not message.get("more_body", False):
            return bytes(body)


def _repeated(body: bytes, receive: Any) -> Any:
    given = False

    async def give() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give


async def _send(answer: Answer, send: Any) -> None:
    headers = [(name.encode(), value.encode()) for name, value in answer.headers]
    headers += [(b"content-length", str(len(answer.body)).encode()), (b"idempotency-replayed", b"true")]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
