"""A small service, to see what the kit makes of its routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

import httpx
import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from tutti.kit.auth import Identity
from tutti.kit.errors import Conflict, TooManyRequests
from tutti.kit.service import Process, Service
from tutti.kit.settings import Settings
from tutti.kit.web import create_app, errors, idempotent, public
from tutti.main import build_process, opened

ADA = Identity(user_id="01932c07-209d-7b2e-9d9b-0a8c2f1e6d4a", name="ada", role="listener", session_id="s")
BOB = Identity(user_id="01932c07-209d-7b2e-9d9b-0a8c2f1e6d4b", name="bob", role="listener", session_id="t")


class Chair(msgspec.Struct, frozen=True, rename="camel"):
    leg_count: Annotated[int, Meta(ge=1, le=8)]
    names: list[str] = []


class ChairTaken(Conflict):
    """Somebody sits there."""


class TooManyChairs(TooManyRequests):
    """The room is full."""


@dataclass
class Room:
    made: list[Chair] = field(default_factory=list[Chair])


@get("/chairs/{chair_id:int}", responses=errors(ChairTaken), **public)
async def get_chair(chair_id: FromPath[int]) -> Chair:
    match chair_id:
        case 1:
            raise ChairTaken("Grace sits there.", by="grace")
        case 2:
            raise RuntimeError("the password is hunter2")
        case 3:
            raise HTTPException("internal: /srv/hidden", status_code=502)
        case 4:
            raise TooManyChairs("Come back later.", retry_after_s=7)
        case _:
            return Chair(leg_count=4)


@post("/chairs", **idempotent)
async def make_chair(room: NamedDependency[Room], identity: NamedDependency[Identity], data: JSONBody[Chair]) -> Chair:
    room.made.append(data)
    if data.leg_count == 7:
        raise ChairTaken("Not seven.")
    if data.leg_count == 8:
        raise RuntimeError("broken")
    return msgspec.structs.replace(data, names=[*data.names, identity.name, str(len(room.made))])


@asynccontextmanager
async def room_client(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, Room]]:
    """A client of the room alone; the bearer is ``ada`` or ``bob``."""
    process = build_process(settings, ["none"])
    room = Room()
    process.add(lambda _: Service("room", routes=[get_chair, make_chair], provides={"room": room}))
    trust_names(process)
    async with opened(process):
        transport = httpx.ASGITransport(create_app(process), raise_app_exceptions=False)
        headers = {"Authorization": "Bearer tutti_ada"}
        async with httpx.AsyncClient(transport=transport, base_url="http://t/api/v1", headers=headers) as client:
            yield client, room


def trust_names(process: Process) -> None:
    async def check(key: str) -> Identity:
        return BOB if key == "tutti_bob" else ADA

    process.auth.use_api_keys(check)
