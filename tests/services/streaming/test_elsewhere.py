"""Streaming in a process of its own: what ends, and what is taken away, in other processes ends here too."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from support.audio import audio_bytes
from support.copies import several
from support.patience import PATIENT_CALLS
from support.people import PASSWORD
from support.ports import free_port
from support.postgres import Postgres
from tutti.kit.auth import Identity, InvalidToken
from tutti.kit.service import Process
from tutti.services.accounts.service import AccountsService
from tutti.services.catalog.api import TrackNotFound
from tutti.services.catalog.api.libraries import NewLibrary
from tutti.services.catalog.service.libraries import LibraryService
from tutti.services.catalog.service.scanning import ScanService
from tutti.services.streaming.service.admission import Admission

LIMIT_S = 60


@dataclass
class Split:
    """One process with the people and the music, one that streams, and a listener who holds an address."""

    elsewhere: Process
    http: httpx.AsyncClient
    admission: Admission
    library_id: str
    track_id: str
    admin: dict[str, str]
    listener: dict[str, str]
    identity: Identity
    signature: str

    async def admit(self) -> None:
        await self.admission.admit(self.track_id, self.signature)

    async def ends(self, with_: type[Exception], ask: Callable[[], Awaitable[None]]) -> None:
        """Wait until asking raises."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                try:
                    await ask()
                except with_:
                    return
                await asyncio.sleep(0.02)


async def log_in(http: httpx.AsyncClient, name: str) -> dict[str, str]:
    answer = await http.post("/auth/login", json={"name": name, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.raise_for_status().json()['accessToken']}"}


@pytest.fixture
async def split(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Split]:
    root, port = tmp_path / "music", free_port()
    root.mkdir()
    (root / "one.ape").write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=440))
    peers = ",".join(f"{name}=127.0.0.1:{port}" for name in ("accounts", "catalog", "media"))
    async with postgres.fresh_database() as url, several(tmp_path, url) as copies:
        elsewhere = await copies.start("accounts", "catalog", "media", TUTTI_CLUSTER_RPC_PORT=str(port))
        streaming = await copies.start("streaming", TUTTI_PEERS=peers, TUTTI_STREAMING_ADMISSION_S="1", **PATIENT_CALLS)
        people, libraries = elsewhere.provided(AccountsService), elsewhere.provided(LibraryService)
        for name, role in (("ada", "admin"), ("bob", "listener")):
            await people.create_user(name, PASSWORD, role)
        library = await libraries.create_library(NewLibrary(name="m", path=str(root), watch=False))
        await elsewhere.provided(ScanService).scan(library.id)
        http = await copies.client(elsewhere)
        admin, listener = await log_in(http, "ada"), await log_in(http, "bob")
        [track] = (await http.get("/tracks", headers=listener)).raise_for_status().json()["items"]
        identity = await streaming.auth.identify(listener["Authorization"][7:])
        admission = streaming.provided(Admission)
        signature, _, _ = await admission.sign(identity, track["id"])
        yield Split(elsewhere, http, admission, library.id, track["id"], admin, listener, identity, signature)


async def test_an_address_ends_with_its_session(split: Split) -> None:
    await split.admit()
    assert (await split.http.post("/auth/logout", headers=split.listener)).status_code == 204
    await split.ends(InvalidToken, split.admit)


async def test_an_address_ends_with_its_user(split: Split) -> None:
    await split.admit()
    path = f"/users/{split.identity.user_id}"
    answer = await split.http.patch(path, json={"disabled": True}, headers=split.admin)
    assert answer.status_code == 200, answer.text
    await split.ends(InvalidToken, split.admit)


async def test_a_library_that_is_taken_away_is_heard_no_more(split: Split) -> None:
    await split.admit()
    path = f"/libraries/{split.library_id}"
    answer = await split.http.patch(path, json={"everyone": False}, headers=split.admin)
    assert answer.status_code == 200, answer.text
    await split.ends(TrackNotFound, split.admit)
