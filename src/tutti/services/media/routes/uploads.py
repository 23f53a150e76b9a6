"""HTTP of uploads."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from tutti.kit.auth import Identity, requires
from tutti.kit.paging import BadCursor, Cursor, Limit, Page
from tutti.kit.storage.errors import (
    AddressAltered,
    AddressExpired,
    BodyCut,
    BodyStalled,
    SentAgain,
    StorageAway,
    StorageFull,
)
from tutti.kit.storage.signing import MAX_SIGNATURE
from tutti.kit.web import errors, idempotent, limited, public, unlimited
from tutti.services.catalog.api import TrackNotFound
from tutti.services.media.api import (
    ContentTypeRefused,
    FilenameUnusable,
    LengthMismatch,
    LengthRequired,
    NewUpload,
    NotADuplicate,
    PartAddress,
    PartNumbers,
    PartOutOfRange,
    PartsDone,
    QuotaExceeded,
    TooManyUploads,
    Upload,
    UploadClosed,
    UploadIncomplete,
    UploadLimits,
    UploadNotFound,
    UploadPatch,
    UploadRequest,
    UploadState,
    UploadTooLarge,
    UploadUnderWay,
)
from tutti.services.media.routes.bodies import length_of, stream_body
from tutti.services.media.service.uploads import Allowance, Beginnings, Completion, Intake, OwnUploads, Tagging

_UPLOADER = [requires("uploader")]
_STEP = limited("upload")
_BODY_ERRORS = (
    AddressAltered,
    AddressExpired,
    UploadNotFound,
    UploadClosed,
    LengthRequired,
    UploadTooLarge,
    LengthMismatch,
    PartOutOfRange,
    BodyCut,
    BodyStalled,
    SentAgain,
    StorageFull,
)
Signature = Annotated[str, QueryParameter(max_length=MAX_SIGNATURE, description="As in the address that was given")]


@post(
    "/uploads",
    guards=_UPLOADER,
    responses=errors(FilenameUnusable, ContentTypeRefused, UploadTooLarge, QuotaExceeded, TooManyUploads, StorageAway),
    **idempotent,
    **_STEP,
)
async def begin_upload(
    beginnings: NamedDependency[Beginnings], identity: NamedDependency[Identity], data: JSONBody[UploadRequest]
) -> NewUpload:
    """Say which file you want to upload, and learn where its bytes go."""
    return await beginnings.begin(identity, data)


@get("/uploads", guards=_UPLOADER, responses=errors(BadCursor), **_STEP)
async def list_uploads(
    own_uploads: NamedDependency[OwnUploads],
    identity: NamedDependency[Identity],
    upload_state: Annotated[
        UploadState | None, QueryParameter(name="state", description="Only those in this state")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Upload]:
    """Your uploads, newest first; those that were discarded only if asked for."""
    return await own_uploads.list_(identity, upload_state, cursor, limit)


@get("/uploads/limits", guards=_UPLOADER, **_STEP)
async def get_upload_limits(allowance: NamedDependency[Allowance], identity: NamedDependency[Identity]) -> UploadLimits:
    """What you may upload, and how much of that you have used: to be told before files are chosen."""
    return await allowance.get(identity)


@get("/uploads/{upload_id:uuid}", guards=_UPLOADER, responses=errors(UploadNotFound), **_STEP)
async def get_upload(
    own_uploads: NamedDependency[OwnUploads], identity: NamedDependency[Identity], upload_id: FromPath[UUID]
) -> Upload:
    """One of your uploads, and how far it is; changes are shown live as `upload` on `user:{id}`, too."""
    return await own_uploads.get(identity, str(upload_id))


@patch(
    "/uploads/{upload_id:uuid}",
    guards=_UPLOADER,
    responses=errors(UploadNotFound, UploadClosed, TrackNotFound),
    **_STEP,
)
async def tag_upload(
    tagging: NamedDependency[Tagging],
    identity: NamedDependency[Identity],
    upload_id: FromPath[UUID],
    data: JSONBody[UploadPatch],
) -> Upload:
    """Say what an upload is to be called; before it is a track, or afterwards."""
    return await tagging.tag(identity, str(upload_id), data.tags)


@delete(
    "/uploads/{upload_id:uuid}",
    guards=_UPLOADER,
    responses=errors(UploadNotFound, UploadUnderWay, StorageAway),
    **_STEP,
)
async def discard_upload(
    own_uploads: NamedDependency[OwnUploads], identity: NamedDependency[Identity], upload_id: FromPath[UUID]
) -> None:
    """Give up an upload that waits or has failed, with what has come of it."""
    await own_uploads.discard(identity, str(upload_id))


@post(
    "/uploads/{upload_id:uuid}/address",
    guards=_UPLOADER,
    status_code=200,
    responses=errors(UploadNotFound, UploadClosed),
    **_STEP,
)
async def sign_upload(
    beginnings: NamedDependency[Beginnings], identity: NamedDependency[Identity], upload_id: FromPath[UUID]
) -> NewUpload:
    """Get another address for the bytes: the one before has expired, or is forgotten."""
    return await beginnings.address(identity, str(upload_id))


@post(
    "/uploads/{upload_id:uuid}/parts",
    guards=_UPLOADER,
    status_code=200,
    responses=errors(UploadNotFound, UploadClosed, PartOutOfRange),
    **_STEP,
)
async def sign_parts(
    beginnings: NamedDependency[Beginnings],
    identity: NamedDependency[Identity],
    upload_id: FromPath[UUID],
    data: JSONBody[PartNumbers],
) -> list[PartAddress]:
    """Get the addresses of parts, in the order asked. A part sent again replaces the one before."""
    return await beginnings.sign_parts(identity, str(upload_id), data.numbers)


@get(
    "/uploads/{upload_id:uuid}/parts",
    guards=_UPLOADER,
    responses=errors(UploadNotFound, UploadClosed, PartOutOfRange, StorageAway),
    **_STEP,
)
async def list_parts(
    beginnings: NamedDependency[Beginnings], identity: NamedDependency[Identity], upload_id: FromPath[UUID]
) -> PartsDone:
    """Which parts are there, whole: an upload that was interrupted goes on with the others."""
    return await beginnings.list_parts(identity, str(upload_id))


@post(
    "/uploads/{upload_id:uuid}/complete",
    guards=_UPLOADER,
    status_code=200,
    responses=errors(UploadNotFound, UploadIncomplete, UploadClosed, StorageAway),
    **_STEP,
)
async def complete_upload(
    completion: NamedDependency[Completion], identity: NamedDependency[Identity], upload_id: FromPath[UUID]
) -> Upload:
    """Say that all bytes are sent; work on them begins. Saying so again changes nothing."""
    return await completion.complete(identity, str(upload_id))


@post(
    "/uploads/{upload_id:uuid}/keep",
    guards=_UPLOADER,
    status_code=200,
    responses=errors(UploadNotFound, NotADuplicate),
    **_STEP,
)
async def keep_upload(
    own_uploads: NamedDependency[OwnUploads], identity: NamedDependency[Identity], upload_id: FromPath[UUID]
) -> Upload:
    """Make a track of an upload that failed because its audio is there already."""
    return await own_uploads.keep(identity, str(upload_id))


@put(
    "/uploads/{upload_id:uuid}/content",
    status_code=200,
    request_max_body_size=None,
    responses=errors(*_BODY_ERRORS, ContentTypeRefused),
    **public,
    **unlimited,
)
async def put_content(
    intake: NamedDependency[Intake], request: Request[Any, Any, Any], upload_id: FromPath[UUID], sig: Signature
) -> None:
    """Send the whole file, to the address that was given for it: the body is the file."""
    type_ = request.headers.get("content-type", "")
    await intake.take(str(upload_id), sig, length_of(request), type_, stream_body(request))


@put(
    "/uploads/{upload_id:uuid}/parts/{number:int}",
    status_code=200,
    request_max_body_size=None,
    responses=errors(*_BODY_ERRORS),
    **public,
    **unlimited,
)
async def put_part(
    intake: NamedDependency[Intake],
    request: Request[Any, Any, Any],
    upload_id: FromPath[UUID],
    number: FromPath[int],
    sig: Signature,
) -> None:
    """Send one part of a file, to the address that was given for it: the body is the part."""
    await intake.take_part(str(upload_id), number, sig, length_of(request), stream_body(request))


routes = [
    begin_upload,
    list_uploads,
    get_upload_limits,
    get_upload,
    tag_upload,
    discard_upload,
    sign_upload,
    sign_parts,
    list_parts,
    complete_upload,
    keep_upload,
    put_content,
    put_part,
]
