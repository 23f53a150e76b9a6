"""The browsing half of the catalogue over HTTP, with tokens for whoever asks."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tutti.kit.auth import AUDIENCE, ISSUER, Authenticator, Identity
from tutti.kit.service import Process, Service
from tutti.kit.web import create_app
from tutti.services.catalog.api import (
    AlbumsMerged,
    ArtistsMerged,
    LibraryChanged,
    TrackAdded,
    TrackChanged,
    TrackDeleted,
)
from tutti.services.catalog.routes import browse, covers, edit
from tutti.services.catalog.service.browsing import BrowsingService
from tutti.services.catalog.service.covers.serving import CoverService
from tutti.services.catalog.service.covers.settings import CoverSettings
from tutti.services.catalog.service.covers.uploads import CoverUploads
from tutti.services.catalog.service.editing import EditingService

_KEY = Ed25519PrivateKey.generate()


def build_browsing(process: Process) -> Service:
    """The service without what scans."""
    settings = process.settings.section("covers", CoverSettings)
    editing = EditingService(process.db)
    cover_service = CoverService(process.db, process.storage, settings)
    return Service(
        name="catalog",
        routes=[*browse.routes, *edit.routes, *covers.routes],
        provides={
            "browsing": BrowsingService(process.db),
            "editing": editing,
            "covers": cover_service,
            "cover_uploads": CoverUploads(process.storage, editing, settings),
        },
        tells=[TrackAdded, TrackChanged, TrackDeleted, ArtistsMerged, AlbumsMerged, LibraryChanged],
        running=cover_service.running,
    )


def trust_tests(auth: Authenticator) -> None:
    """Take the tokens of `bearer`."""
    auth.trust({"test": _KEY.public_key()})


def bearer(who: Identity) -> dict[str, str]:
    """The header that proves who asks."""
    claims = {"sub": who.user_id, "sid": who.session_id, "role": who.role, "name": who.name}
    claims |= {"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 600}
    return {"Authorization": f"Bearer {jwt.encode(claims, _KEY, 'EdDSA', {'kid': 'test'})}"}


@asynccontextmanager
async def browsing_client(process: Process) -> AsyncIterator[httpx.AsyncClient]:
    """A client of ``process`` alone, without a socket; paths are relative to /api/v1."""
    trust_tests(process.auth)
    transport = httpx.ASGITransport(create_app(process), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://tutti.test/api/v1") as http:
        yield http
