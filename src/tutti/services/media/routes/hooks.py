"""HTTP of notifications from outside."""

from typing import Annotated, Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter

from tutti.kit.errors import Invalid
from tutti.kit.storage.errors import StorageAway
from tutti.kit.web import errors, public, unlimited
from tutti.services.media.api import HookRefused, HooksOff
from tutti.services.media.routes.bodies import read_body
from tutti.services.media.service.uploads import Completion, HookGate
from tutti.services.media.service.uploads.hooks import MAX_BODY_BYTES, read_created_keys

Timestamp = Annotated[
    str, HeaderParameter(name="X-Tutti-Timestamp", max_length=20, description="Unix time, when it was signed")
]
HookSignature = Annotated[
    str,
    HeaderParameter(
        name="X-Tutti-Signature", max_length=64, description="HMAC-SHA256 of `timestamp.body` with the secret, in hex"
    ),
]


@post(
    "/hooks/storage",
    status_code=204,
    responses=errors(HooksOff, HookRefused, Invalid, StorageAway),
    **unlimited,
    **public,
)
async def hear_of_storage(
    hook_gate: NamedDependency[HookGate],
    completion: NamedDependency[Completion],
    request: Request[Any, Any, Any],
    timestamp: Timestamp,
    hook_signature: HookSignature,
) -> None:
    """The storage's own notification that objects are there, in the form of S3: completes their uploads.

    Whoever completes an upload first, this or its uploader, sets off the work; the other changes nothing.
    """
    body = await read_body(request, MAX_BODY_BYTES)
    hook_gate.check(timestamp, hook_signature, body)
    for key in read_created_keys(body):
        await completion.hear_of(key)


routes = [hear_of_storage]
