"""Uploads over HTTP and by events: what the web app sees from the first byte's track to its end."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from support.audio import audio_bytes
from support.browsing import ADMIN, LISTENER
from support.browsing_http import bearer, trust_tests
from support.images import cover
from support.uploaded import EVE, UMA
from tutti.kit.auth import Identity
from tutti.kit.events.event import Event
from tutti.kit.ids import new_id
from tutti.kit.service import Process
from tutti.services.catalog.api import Catalog, UploadedAudio, UploadTags
from tutti.services.media.api import TrackFailed, TrackReady


@dataclass(frozen=True)
class House:
    """The whole server, with media played by the test."""

    process: Process
    http: httpx.AsyncClient

    async def ask(self, who: Identity, method: str, path: str, **options: Any) -> httpx.Response:
        return await self.http.request(method, path, headers=bearer(who), **options)

    async def add(self, who: Identity = EVE, pitch_hz: int = 440) -> UploadedAudio:
        content = audio_bytes("ape", seconds=0.2, pitch_hz=pitch_hz)
        digest = hashlib.sha256(content).hexdigest()
        key = f"originals/{digest[:2]}/{digest}.ape"
        await self.process.storage.put(key, content)
        audio = UploadedAudio(
            track_id=new_id(),
            user_id=who.user_id,
            storage_key=key,
            filename="01 - Ada Lund - Ember.ape",
            digest=digest,
            mime="audio/x-ape",
        )
        await self.process.get(Catalog).add_uploaded(audio)
        return audio

    async def tell(self, event: Event) -> None:
        async with self.process.db.transaction() as tx:
            tx.publish(event)
        async with asyncio.timeout(90):
            while [
                lag
                for lag in await self.process.events.lag()
                if lag.consumer == "catalog" and (lag.behind or lag.parked)
            ]:
                await asyncio.sleep(0.01)


@pytest.fixture
async def house(process: Process, client: httpx.AsyncClient) -> AsyncIterator[House]:
    trust_tests(process.auth)
    yield House(process, client)


def ready(audio: UploadedAudio) -> TrackReady:
    return TrackReady(
        track_id=audio.track_id,
        upload_id=new_id(),
        user_id=audio.user_id,
        digest=audio.digest,
        duration_ms=200,
        gain_db=-4.5,
        peak=0.5,
    )


async def test_from_processing_to_ready(house: House) -> None:
    audio = await house.add()
    path = f"/tracks/{audio.track_id}"
    shown = (await house.ask(EVE, "GET", path)).json()
    assert (shown["state"], shown["present"], shown["uploaderId"]) == ("processing", False, EVE.user_id)
    assert (await house.ask(UMA, "GET", path)).status_code == 404
    for who, count in ((EVE, 1), (ADMIN, 1), (UMA, 0), (LISTENER, 0)):
        items = (await house.ask(who, "GET", "/tracks?state=processing&sort=added")).json()["items"]
        assert [item["id"] for item in items] == [audio.track_id][:count]
        assert (await house.ask(who, "GET", "/tracks")).json()["items"] == []
    await house.tell(ready(audio))
    shown = (await house.ask(UMA, "GET", path)).json()
    assert (shown["state"], shown["present"], shown["uploaderId"], shown["path"]) == ("ready", True, None, None)
    assert shown["replayGain"]["trackGainDb"] == -4.5
    assert (await house.ask(EVE, "GET", "/tracks?state=processing")).json()["items"] == []
    assert len((await house.ask(LISTENER, "GET", "/tracks?state=ready")).json()["items"]) == 1
    assert (await house.ask(EVE, "GET", "/tracks?state=lost")).status_code == 400


async def test_from_processing_to_failed(house: House) -> None:
    audio = await house.add()
    failed = TrackFailed(
        track_id=audio.track_id, upload_id=new_id(), user_id=EVE.user_id, code="DAMAGED", reason="It is damaged."
    )
    await house.tell(failed)
    for who in (EVE, ADMIN):
        assert (await house.ask(who, "GET", f"/tracks/{audio.track_id}")).status_code == 404
    assert (await house.ask(EVE, "GET", "/tracks?state=processing")).json()["items"] == []


async def test_an_uploader_changes_and_deletes_tracks_of_their_own_alone(house: House) -> None:
    mine, hers = await house.add(EVE), await house.add(UMA, pitch_hz=500)
    path = f"/tracks/{hers.track_id}"
    for method, body in (("PATCH", {"title": "Mine"}), ("DELETE", None)):
        assert (await house.ask(EVE, method, path, json=body)).status_code == 404
    await house.tell(ready(hers))
    for method, body in (("PATCH", {"title": "Mine"}), ("DELETE", None)):
        answer = await house.ask(EVE, method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "NOT_YOUR_TRACK")
    assert (await house.ask(UMA, "PATCH", path, json={"title": "Hers"})).json()["title"] == "Hers"
    assert (await house.ask(UMA, "DELETE", path)).status_code == 204
    assert (await house.ask(UMA, "GET", path)).status_code == 404
    assert (await house.ask(ADMIN, "DELETE", f"/tracks/{mine.track_id}")).status_code == 204
    assert (await house.ask(EVE, "GET", f"/tracks/{mine.track_id}")).status_code == 404


@pytest.mark.parametrize("published", [False, True])
async def test_every_field_of_an_upload_is_its_owners_and_admins_to_change(house: House, published: bool) -> None:
    audio, other = await house.add(), await house.add(pitch_hz=500)
    path = f"/tracks/{audio.track_id}"
    if published:
        await house.tell(ready(audio))
        await house.tell(ready(other))
    said = {
        "title": "Ash",
        "artists": ["Ada Lund", "Bo"],
        "album": "Embers",
        "albumArtists": ["Various"],
        "genres": ["Folk"],
        "year": 2001,
        "trackNumber": 7,
        "discNumber": 2,
    }
    for who, title in ((EVE, "Ash"), (ADMIN, "Cinders")):
        shown = (await house.ask(who, "PATCH", path, json={**said, "title": title})).raise_for_status().json()
        assert (shown["title"], shown["albumTitle"], shown["year"]) == (title, "Embers", 2001)
        assert (shown["trackNumber"], shown["discNumber"]) == (7, 2)
        assert [artist["name"] for artist in shown["artists"]] == ["Ada Lund", "Bo"]
    album = (await house.ask(EVE, "GET", f"/albums/{shown['albumId']}")).raise_for_status().json()
    assert album["title"] == "Embers"
    if published:
        assert [artist["name"] for artist in album["artists"]] == ["Various"]
    beside = await house.ask(
        ADMIN, "PATCH", f"/tracks/{other.track_id}", json={"album": "Embers", "albumArtists": ["Various"]}
    )
    assert beside.json()["albumId"] == shown["albumId"], "the album is its uploader's, whoever moves a track there"
    back = (await house.ask(EVE, "PATCH", path, json={"album": None, "albumArtists": None})).json()
    assert back["albumId"] != shown["albumId"]


async def test_the_cover_of_an_upload_is_its_owners_to_change(house: House) -> None:
    audio, hers = await house.add(), await house.add(UMA, pitch_hz=500)
    path = f"/tracks/{audio.track_id}"
    await house.ask(EVE, "PATCH", path, json={"album": "Embers"})
    await house.tell(ready(audio))
    await house.tell(ready(hers))
    shown = (await house.ask(EVE, "PUT", f"{path}/cover", content=cover())).raise_for_status().json()
    assert shown["cover"] is not None
    album = (await house.ask(UMA, "GET", f"/albums/{shown['albumId']}")).json()
    assert album["cover"]["id"] == shown["cover"]["id"]
    assert (await house.ask(UMA, "PUT", f"{path}/cover", content=cover())).json()["code"] == "NOT_YOUR_TRACK"
    assert (await house.ask(EVE, "PUT", f"{path}/cover", content=b"no image")).status_code == 415
    assert (await house.ask(ADMIN, "DELETE", f"{path}/cover")).raise_for_status().json()["cover"] is None
    assert (await house.ask(UMA, "GET", f"/albums/{shown['albumId']}")).json()["cover"] is None


async def test_an_album_page_by_its_uploader_alone(house: House) -> None:
    audio = await house.add()
    await house.process.get(Catalog).edit_uploaded(audio.track_id, EVE.user_id, UploadTags(album="Embers"))
    shown = (await house.ask(EVE, "GET", f"/tracks/{audio.track_id}")).json()
    assert shown["albumTitle"] == "Embers"
    for who, status in ((EVE, 200), (ADMIN, 200), (UMA, 404)):
        assert (await house.ask(who, "GET", f"/albums/{shown['albumId']}")).status_code == status
        artist = shown["artists"][0]["id"]
        assert (await house.ask(who, "GET", f"/artists/{artist}")).status_code == status


async def test_the_library_of_uploads_says_what_it_is(house: House) -> None:
    await house.tell(ready(await house.add()))
    (library,) = (await house.ask(ADMIN, "GET", "/libraries")).json()
    assert (library["name"], library["kind"], library["path"], library["trackCount"]) == ("Uploads", "uploads", None, 1)
    for method, path, body in (
        ("POST", f"/libraries/{library['id']}/scan", {}),
        ("PATCH", f"/libraries/{library['id']}", {"watch": True}),
        ("DELETE", f"/libraries/{library['id']}", None),
    ):
        answer = await house.ask(ADMIN, method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "NO_FOLDER_TO_READ")
