"""HTTP of libraries and their scans."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from tutti.kit.auth import Identity, requires
from tutti.kit.paging import DEFAULT_LIMIT, BadCursor, Cursor, Limit, Page
from tutti.kit.web import errors
from tutti.services.catalog.api import (
    BadFile,
    DemoNotWritten,
    FolderListing,
    Library,
    LibraryNotFound,
    LibraryPathTaken,
    NoFolderToRead,
    NotAFolder,
    Purged,
    Scan,
    ScanRunning,
    Track,
)
from tutti.services.catalog.api.libraries import LibraryPatch, NewLibrary, ScanRequest
from tutti.services.catalog.service.demo import DemoService
from tutti.services.catalog.service.libraries import LibraryService
from tutti.services.catalog.service.scanning import ScanService

Libraries = NamedDependency[LibraryService]
Scans = NamedDependency[ScanService]
Who = NamedDependency[Identity]
_ADMIN = [requires("admin")]
FolderPath = Annotated[str | None, QueryParameter(max_length=4096, description="Absolute; where to start if not given")]


@get("/libraries")
async def list_libraries(libraries: Libraries, identity: Who) -> list[Library]:
    """List the libraries you see."""
    return await libraries.list_libraries(identity)


@post("/libraries", guards=_ADMIN, responses=errors(NotAFolder, LibraryPathTaken))
async def create_library(libraries: Libraries, data: JSONBody[NewLibrary]) -> Library:
    """Make a library of a folder; it is empty until it is scanned."""
    return await libraries.create_library(data)


@post("/libraries/demo", guards=_ADMIN, responses=errors(LibraryPathTaken, DemoNotWritten, NotAFolder))
async def create_demo_library(demo: NamedDependency[DemoService], identity: Who) -> Library:
    """Make the demo library, or go on with it; its scan writes the music and takes in each album that is whole."""
    return await demo.create(identity)


@get("/libraries/folders", guards=_ADMIN, responses=errors(NotAFolder))
async def list_folders(libraries: Libraries, path: FolderPath = None) -> FolderListing:
    """List the folders inside one on the machine that runs Tutti."""
    return await libraries.list_folders(path)


@get("/libraries/{library_id:uuid}", responses=errors(LibraryNotFound))
async def get_library(libraries: Libraries, identity: Who, library_id: FromPath[UUID]) -> Library:
    """Get a library."""
    return await libraries.get_library(identity, str(library_id))


@patch(
    "/libraries/{library_id:uuid}",
    guards=_ADMIN,
    responses=errors(LibraryNotFound, NotAFolder, LibraryPathTaken, NoFolderToRead),
)
async def update_library(libraries: Libraries, library_id: FromPath[UUID], data: JSONBody[LibraryPatch]) -> Library:
    """Change a library's name, folder or who sees it."""
    return await libraries.update_library(str(library_id), data)


@delete("/libraries/{library_id:uuid}", guards=_ADMIN, responses=errors(LibraryNotFound, ScanRunning, NoFolderToRead))
async def delete_library(libraries: Libraries, library_id: FromPath[UUID]) -> None:
    """Forget a library with its tracks; the files stay."""
    await libraries.delete_library(str(library_id))


@post(
    "/libraries/{library_id:uuid}/scan",
    guards=_ADMIN,
    responses=errors(LibraryNotFound, ScanRunning, NoFolderToRead),
)
async def start_scan(scans: Scans, library_id: FromPath[UUID], data: JSONBody[ScanRequest | None] = None) -> Scan:
    """Start a scan in the background; the channel `scans` shows how it goes."""
    return await scans.start(str(library_id), full=data is not None and data.full)


@get("/libraries/{library_id:uuid}/scan", responses=errors(LibraryNotFound))
async def get_scan(scans: Scans, libraries: Libraries, identity: Who, library_id: FromPath[UUID]) -> Scan:
    """Get the present scan of a library, or the last one."""
    await libraries.get_library(identity, str(library_id))
    return await scans.get_scan(str(library_id))


@delete("/libraries/{library_id:uuid}/scan", guards=_ADMIN, responses=errors(LibraryNotFound))
async def cancel_scan(scans: Scans, library_id: FromPath[UUID]) -> None:
    """Stop the present scan; what it wrote stays, and the next one goes on from there."""
    await scans.cancel(str(library_id))


@get("/libraries/{library_id:uuid}/bad-files", guards=_ADMIN, responses=errors(LibraryNotFound, BadCursor))
async def list_bad_files(
    libraries: Libraries, library_id: FromPath[UUID], cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[BadFile]:
    """List the files that could not be taken in, and why."""
    return await libraries.list_bad_files(str(library_id), cursor, limit)


@get("/libraries/{library_id:uuid}/missing", guards=_ADMIN, responses=errors(LibraryNotFound, BadCursor))
async def list_missing(
    libraries: Libraries,
    identity: Who,
    library_id: FromPath[UUID],
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Track]:
    """List the tracks whose files are missing."""
    return await libraries.list_missing(identity, str(library_id), cursor, limit)


@post(
    "/libraries/{library_id:uuid}/purge",
    guards=_ADMIN,
    status_code=200,
    responses=errors(LibraryNotFound, ScanRunning),
)
async def purge_library(libraries: Libraries, library_id: FromPath[UUID]) -> Purged:
    """Give up the tracks whose files are missing, with their plays."""
    return await libraries.purge(str(library_id))


routes = [
    list_libraries,
    create_library,
    create_demo_library,
    list_folders,
    get_library,
    update_library,
    delete_library,
    start_scan,
    get_scan,
    cancel_scan,
    list_bad_files,
    list_missing,
    purge_library,
]
