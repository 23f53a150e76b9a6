"""A server on a socket that takes uploads and does not work on them, and somebody who uploads."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import sqlalchemy as sa

from support.people import PASSWORD
from tutti.kit.auth import Role
from tutti.kit.events.tables import outbox
from tutti.kit.live.messages import Listener, Message
from tutti.kit.service import Process
from tutti.kit.serving import serve
from tutti.kit.settings import Settings
from tutti.kit.storage import StorageSettings, open_incoming
from tutti.kit.web import create_app
from tutti.main import build_process, opened
from tutti.services.accounts.service import AccountsService
from tutti.services.media.api import UploadProgress
from tutti.services.media.tables import jobs, uploads

MIB = 2**20
PART_BYTES = 5 * MIB
"""The least that S3 takes."""
HOOK_SECRET = "a secret of two"
PEOPLE: dict[str, Role] = {"ada": "admin", "uma": "uploader", "ugo": "uploader", "lee": "listener"}
FLAC = "audio/flac"


@dataclass
class Site:
    """A running server. No event is handled: what is completed stays ``uploaded``."""

    process: Process
    data_dir: Path
    url: str
    http: httpx.AsyncClient
    """Without credentials, and with nothing of Tutti in it: what sends the bytes."""
    tokens: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, body: object = None, who: str = "uma", **headers: str) -> Any:
        """Ask the API as somebody; return the answer."""
        headers = {"Authorization": f"Bearer {await self.token(who)}"} | headers
        return await self.http.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers)

    async def token(self, who: str) -> str:
        """Let somebody of `PEOPLE` in; only who is needed, since passwords are slow by intent."""
        if who not in self.tokens:
            await self.process.provided(AccountsService).create_user(who, PASSWORD, PEOPLE[who])
            proof = {"name": who, "password": PASSWORD}
            answer = await self.http.post(f"{self.url}/api/v1/auth/login", json=proof)
            self.tokens[who] = answer.raise_for_status().json()["accessToken"]
        return self.tokens[who]

    async def get(self, path: str, who: str = "uma") -> Any:
        return (await self.ask("GET", path, who=who)).raise_for_status().json()

    async def begin(self, size_bytes: int, filename: str = "Song.flac", type_: str = FLAC, **more: object) -> Any:
        """Begin an upload that is taken."""
        answer = await self.ask("POST", "/uploads", wish(size_bytes, filename, type_) | more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def put(self, address: Any, content: Any, **headers: str) -> httpx.Response:
        """Send bytes to an address, as any HTTP client would."""
        url = httpx.URL(self.url).join(address["url"])
        return await self.http.put(url, content=content, headers=address["headers"] | headers)

    async def sign_parts(self, upload_id: str, numbers: Sequence[int]) -> list[Any]:
        answer = await self.ask("POST", f"/uploads/{upload_id}/parts", {"numbers": list(numbers)})
        return answer.raise_for_status().json()

    async def uploaded(self, content: bytes, **more: Any) -> Any:
        """Send a whole file in one piece; return the upload, not completed."""
        begun = await self.begin(len(content), **more)
        (await self.put(begun, content)).raise_for_status()
        return begun

    async def complete(self, upload_id: str, who: str = "uma") -> httpx.Response:
        return await self.ask("POST", f"/uploads/{upload_id}/complete", who=who)

    async def stored(self, upload_id: str) -> bytes | None:
        """What lies in the storage of an upload."""
        return await self.process.storage.find(f"incoming/{upload_id}")

    async def objects(self) -> list[str]:
        """All keys of uploads in the storage."""
        return [key async for key in self.process.storage.list_keys("incoming/")]

    async def unfinished(self) -> list[str]:
        """Keys of what was begun and is no object yet."""
        settings = self.process.settings.section("storage", StorageSettings)
        incoming = open_incoming(settings, self.data_dir, self.process.secrets, lambda *_: "")
        async with incoming.running():
            return [each.key async for each in incoming.list_unfinished("incoming/")]

    async def jobs_of(self, upload_id: str) -> list[Any]:
        statement = sa.select(jobs).where(jobs.c.upload_id == upload_id)
        return list(await self.process.db.read(lambda db: db.execute(statement).mappings().all()))

    async def told(self, kind: str) -> list[str]:
        """Payloads of the events of a type that were told."""
        statement = sa.select(outbox.c.payload).where(outbox.c.type == kind).order_by(outbox.c.seq)
        return list(await self.process.db.read(lambda db: db.execute(statement).scalars().all()))

    async def change(self, upload_id: str, **values: object) -> None:
        """Make an upload other than it is: older, or failed."""
        statement = uploads.update().where(uploads.c.id == upload_id).values(values)
        await self.process.db.write(lambda db: db.execute(statement))

    async def rows(self) -> set[str]:
        """Ids of all uploads there are."""
        return set(await self.process.db.read(lambda db: db.execute(sa.select(uploads.c.id)).scalars().all()))


def wish(size_bytes: int, filename: str = "Song.flac", type_: str = FLAC) -> dict[str, object]:
    """What one says to begin an upload."""
    return {"filename": filename, "sizeBytes": size_bytes, "contentType": type_}


@asynccontextmanager
async def open_site(data_dir: Path, **variables: str) -> AsyncIterator[Site]:
    """A site for the length of a block: files of 6 MiB and more come in parts."""
    variables = {
        "TUTTI_UPLOADS_MULTIPART_FROM_BYTES": str(6 * MIB),
        "TUTTI_UPLOADS_PART_BYTES": str(PART_BYTES),
        "TUTTI_UPLOADS_HOOK_SECRET": HOOK_SECRET,
        "TUTTI_ACCOUNTS_ARGON2_MEMORY_KIB": "8192",
        "TUTTI_ACCOUNTS_ARGON2_PASSES": "1",
    } | variables
    process = build_process(Settings(variables, {"data_dir": data_dir}))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(opened(process))
        for service in process.services:
            if service.running is not None:
                await stack.enter_async_context(service.running())
        url = await stack.enter_async_context(_served(process))
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
        yield Site(process, data_dir, url, http)


@asynccontextmanager
async def _served(process: Process) -> AsyncIterator[str]:
    """The address of the process, served in this loop."""
    stop = asyncio.Event()
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        serve(create_app(process), "127.0.0.1", 0, ready=ready.set_result, stop=stop, finish_s=1)
    )
    await asyncio.wait({ready, serving}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield await ready
    finally:
        stop.set()
        await serving


async def take_shown(listener: Listener) -> list[UploadProgress]:
    """What was shown of uploads, as clients read it."""
    taken = [item for item in await listener.take() if isinstance(item, Message) and item.kind == "upload"]
    return [msgspec.json.decode(message.payload, type=UploadProgress) for message in taken]
