"""The WebSocket of a client: authenticate first, then subscribe. docs/live.md has every message."""

import asyncio
import time
from contextlib import suppress
from typing import Annotated, Any

import msgspec
import structlog
from litestar import WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import WebsocketRouteHandler
from msgspec import Meta

from tutti.kit.auth import API_KEY_PREFIX, Authenticator, Identity
from tutti.kit.errors import Unauthorized, Unavailable
from tutti.kit.live.hub import Live
from tutti.kit.live.messages import Listener, Paused, Reset
from tutti.kit.live.pace import Pace, TooFast

AUTH_LIMIT_S = 5.0
HEARTBEAT_S = 25.0
EXPIRY_GRACE_S = 30.0
_PARTING_S = 1.0
MAX_CHANNELS = 100
MAX_MESSAGE_BYTES = 16_384
UNAUTHENTICATED, SESSION_ENDED, BAD_MESSAGE, TOO_MANY_MESSAGES = 4401, 4403, 4400, 4429
TRY_AGAIN = 1013  # registered for WebSockets by IANA

Channel = Annotated[str, Meta(min_length=1, max_length=100)]
log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.live")


class Auth(msgspec.Struct, frozen=True, tag="auth", tag_field="type"):
    """First message, and again whenever the token was refreshed."""

    token: Annotated[str, Meta(max_length=4096)]


class Subscribe(msgspec.Struct, frozen=True, tag="subscribe", tag_field="type"):
    """Hear channels from now on."""

    channels: Annotated[list[Channel], Meta(max_length=MAX_CHANNELS)]


class Unsubscribe(msgspec.Struct, frozen=True, tag="unsubscribe", tag_field="type"):
    """Hear channels no more."""

    channels: Annotated[list[Channel], Meta(max_length=MAX_CHANNELS)]


class Resume(msgspec.Struct, frozen=True, tag="resume", tag_field="type", rename="camel"):
    """After subscribing again: what came after ``last_id``?"""

    last_id: Annotated[int, Meta(ge=0)]


class Pong(msgspec.Struct, frozen=True, tag="pong", tag_field="type"):
    """Answer to a ping."""


Incoming = Auth | Subscribe | Unsubscribe | Resume | Pong
_decoder = msgspec.json.Decoder(Incoming)


class _Closed(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class _Conversation:
    """One client's socket, from its first message to its last."""

    def __init__(self, socket: WebSocket[Any, Any, Any], live: Live, auth: Authenticator, pace: Pace) -> None:
        self._socket = socket
        self._pace = pace
        self._live = live
        self._auth = auth
        self._listener = Listener()
        self._identity: Identity | None = None
        self._api_key: str | None = None
        self._told_expired = False

    async def run(self) -> None:
        tasks = [asyncio.create_task(each) for each in (self._receive(), self._send(), self._beat())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except _Closed as closed:
            with suppress(WebSocketDisconnect, RuntimeError):  # gone before we could say so
                await self._socket.close(code=closed.code, reason=closed.reason)
        except WebSocketDisconnect:
            pass
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=_PARTING_S)
            self._live.forget(self._listener)

    async def _receive(self) -> None:
        first = await self._next()
        if not isinstance(first, Auth):
            raise _Closed(UNAUTHENTICATED, "the first message has to be the token")
        await self._authenticate(first)
        while True:
            message = await self._next()
            match message:
                case Auth():
                    await self._authenticate(message)
                case Subscribe(channels):
                    await self._subscribe(channels)
                case Unsubscribe(channels):
                    for channel in channels:
                        self._live.unsubscribe(self._listener, channel)
                case Resume(last_id):
                    await self._live.resume(self._listener, last_id)
                case Pong():
                    pass

    async def _send(self) -> None:
        while True:
            items = await self._listener.take()
            if self._listener.lost:
                self._listener.lost = False
                items.insert(0, Reset(self._live.newest))
                if self._listener.paused:
                    items.insert(1, Paused())
            for item in items:
                await self._say(item)

    async def _beat(self) -> None:
        await asyncio.sleep(AUTH_LIMIT_S)
        if self._identity is None:
            raise _Closed(UNAUTHENTICATED, "no token came")
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await self._check_identity()
            await self._say({"type": "ping"})

    async def _check_identity(self) -> None:
        assert self._identity is not None
        if self._auth.is_revoked(self._identity.session_id):
            raise _Closed(SESSION_ENDED, "this session has ended")
        over_s = time.time() - self._identity.expires_at if self._identity.expires_at else -1
        if over_s > EXPIRY_GRACE_S:
            raise _Closed(UNAUTHENTICATED, "the token has expired")
        if over_s > -HEARTBEAT_S and not self._told_expired:
            self._told_expired = True
            await self._say({"type": "expired"})
        if self._api_key is not None:
            await self._check_api_key(self._api_key, self._identity)

    async def _check_api_key(self, key: str, known: Identity) -> None:
        """Ask again: nobody tells of a key that expires, or of its user, who is disabled or gets another role."""
        try:
            present = await self._auth.identify(key)
        except Unauthorized:
            raise _Closed(SESSION_ENDED, "this API key no longer holds") from None
        except Unavailable:
            return  # as with sessions: while nobody answers, what is known goes on
        if present != known:
            raise _Closed(SESSION_ENDED, "this API key no longer reaches as far as it did")

    async def _authenticate(self, message: Auth) -> None:
        try:
            identity = await self._auth.identify(message.token)
        except Unauthorized:
            raise _Closed(UNAUTHENTICATED, "the token is not valid") from None
        except Unavailable:
            raise _Closed(TRY_AGAIN, "nobody can check the token at the moment") from None
        if self._identity is not None and identity.user_id != self._identity.user_id:
            raise _Closed(UNAUTHENTICATED, "another user's token")
        first, self._identity = self._identity is None, identity
        self._api_key = message.token if message.token.startswith(API_KEY_PREFIX) else None
        self._told_expired = False
        await self._say({"type": "ready", "lastId": await self._live.find_newest()})
        if first:
            self._live.enter(self._listener)

    async def _subscribe(self, channels: list[str]) -> None:
        assert self._identity is not None
        for channel in channels:
            if not self._live.may_listen(self._identity, channel):
                await self._say({"type": "error", "code": "CHANNEL_REFUSED", "channel": channel})
            elif len(self._listener.channels) >= MAX_CHANNELS:
                await self._say({"type": "error", "code": "TOO_MANY_CHANNELS", "channel": channel})
            else:
                await self._live.subscribe(self._listener, channel)
                await self._say({"type": "subscribed", "channel": channel})

    async def _next(self) -> Incoming:
        text = await self._next_text()
        try:
            if len(text) > MAX_MESSAGE_BYTES:
                raise _Closed(BAD_MESSAGE, "the message is too long")
            return _decoder.decode(text)
        except msgspec.MsgspecError:
            raise _Closed(BAD_MESSAGE, "the message has no form that is known here") from None

    async def _next_text(self) -> str:
        """Wait for a message, passing over those that are too many."""
        while True:
            text = await self._socket.receive_data(mode="text")
            try:
                if await self._pace.admit():
                    return text
            except TooFast:
                raise _Closed(TOO_MANY_MESSAGES, "too many messages") from None
            if self._pace.is_news:
                await self._say({"type": "error", "code": "TOO_MANY_MESSAGES"})

    async def _say(self, message: object) -> None:
        await self._socket.send_data(msgspec.json.encode(message).decode(), mode="text")


def live_route(live: Live, auth: Authenticator, per_minute: int) -> WebsocketRouteHandler:
    """Return the route ``/live``; it needs no bearer, since its first message is the token.

    Of each socket ``per_minute`` messages are taken; 0 is no limit.
    """

    @websocket("/live", opt={"public": True})
    async def converse(socket: WebSocket[Any, Any, Any]) -> None:
        await socket.accept()
        await _Conversation(socket, live, auth, Pace(per_minute)).run()

    return converse
