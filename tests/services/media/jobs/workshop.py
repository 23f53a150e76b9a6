"""A server that works on uploads, and what people do with it over a socket."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.uploading import Site, open_site

PATIENCE_S = 180.0
ENDED = ("ready", "failed", "discarded")
QUICK = {
    "TUTTI_MEDIA_CONCURRENCY": "2",
    "TUTTI_MEDIA_BACKOFF_S": "0.01",
    "TUTTI_MEDIA_MAX_ATTEMPTS": "3",
    "TUTTI_EVENTS_POLL_S": "0.05",
    "TUTTI_STORAGE_MIN_FREE_BYTES": "0",
}


@dataclass
class Workshop:
    """A site whose events are handled."""

    site: Site

    async def send(self, content: bytes, filename: str = "Song.flac", who: str = "uma", **more: Any) -> Any:
        """Upload a file and complete it; return what was said at its beginning."""
        wish = {"filename": filename, "sizeBytes": len(content), "contentType": "audio/flac", **more}
        answer = await self.site.ask("POST", "/uploads", wish, who=who)
        begun = answer.raise_for_status().json()
        (await self.site.put(begun, content)).raise_for_status()
        (await self.site.complete(begun["uploadId"], who)).raise_for_status()
        return begun

    async def ended(self, begun: Any, who: str = "uma") -> Any:
        """Wait until nothing more is done about an upload, and return it as it is then."""
        upload: Any = {}

        async def has_ended() -> bool:
            upload.update(await self.site.get(f"/uploads/{begun['uploadId']}", who))
            return upload["state"] in ENDED

        await eventually(has_ended, upload)
        await self.settled()
        return upload

    async def made(self, content: bytes, filename: str = "Song.flac", who: str = "uma", **more: Any) -> Any:
        """Upload a file and wait for what becomes of it."""
        return await self.ended(await self.send(content, filename, who, **more), who)

    async def settled(self) -> None:
        """Wait until every event is handled."""

        async def is_settled() -> bool:
            return all(lag.behind == lag.parked == 0 for lag in await self.site.process.events.lag())

        await eventually(is_settled, "events are left")

    async def keys(self, prefix: str = "") -> list[str]:
        return sorted([key async for key in self.site.process.storage.list_keys(prefix)])

    async def jobs(self, **params: str) -> list[Any]:
        query = "&".join(f"{name}={value}" for name, value in params.items())
        return (await self.site.get(f"/media/jobs?{query}", "ada"))["items"]


async def eventually(holds: Any, said: object) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not await holds():
        assert time.monotonic() < deadline, f"it never came to hold: {said}"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def open_workshop(data_dir: Path, **variables: str) -> AsyncGenerator[Workshop, None]:
    async with open_site(data_dir, **(QUICK | variables)) as site, site.process.events.running():
        yield Workshop(site)
