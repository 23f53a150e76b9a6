"""Uploads straight into a bucket: addresses signed here, bytes that never pass through us.

Five calls of the S3 API that obstore does not have, each sent to an address signed for it. Loaded only where storage
is S3: httpx and its company would stay in the memory of everybody else for nothing.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

import base64
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import NamedTuple
from xml.etree import ElementTree

import httpx
import structlog

from tutti.kit.clock import now
from tutti.kit.storage.bucket import Bucket
from tutti.kit.storage.errors import StorageAway
from tutti.kit.storage.incoming import Address, Part, Unfinished

_ASKING = timedelta(minutes=5)
_TIMEOUT_S = 60.0
_RETRY_S = 5
_GONE = 404
_NO_SUCH_UPLOAD = "NoSuchUpload"

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.storage")


class _Answer(NamedTuple):
    status: int
    root: ElementTree.Element | None

    def text(self, name: str, within: ElementTree.Element | None = None) -> str:
        root = self.root if within is None else within
        return "" if root is None else root.findtext(f"{{*}}{name}", "")

    def each(self, name: str) -> list[ElementTree.Element]:
        return [] if self.root is None else self.root.findall(f"{{*}}{name}")


class S3Incoming:
    """`Incoming` for a bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._http: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Hold connections to the server."""
        async with httpx.AsyncClient(timeout=_TIMEOUT_S) as self._http:
            yield
        self._http = None

    def presign_put(
        self, key: str, lifetime: timedelta, *, size_bytes: int, content_type: str, sha256: str | None = None
    ) -> Address:
        """Return where the whole object is to be put; the server compares length, type and digest."""
        headers = {"Content-Type": content_type}
        if sha256 is not None:
            headers["x-amz-checksum-sha256"] = base64.b64encode(bytes.fromhex(sha256)).decode()
        return self._address(key, lifetime, headers, size_bytes, {})

    def presign_part(self, key: str, lifetime: timedelta, *, multipart_id: str, part: Part) -> Address:
        """Return where one part is to be put."""
        query = {"partNumber": str(part.number), "uploadId": multipart_id}
        return self._address(key, lifetime, {}, part.size_bytes, query)

    async def start_multipart(self, key: str, content_type: str) -> str:
        """Begin an object that comes in parts."""
        answer = await self._ask("POST", key, {"uploads": ""}, headers={"content-type": content_type})
        return answer.text("UploadId")

    async def list_parts(self, key: str, multipart_id: str) -> list[Part]:
        """Return the parts that are there, by number."""
        return [part for part, _ in await self._list_parts(key, multipart_id)]

    async def complete_multipart(self, key: str, multipart_id: str, parts: Sequence[Part]) -> bool:
        """Put the parts together; of a part that was sent again, what came last."""
        wanted = {part.number for part in parts}
        tags = {part.number: tag for part, tag in await self._list_parts(key, multipart_id) if part.number in wanted}
        if not tags:
            return False
        root = ElementTree.Element("CompleteMultipartUpload")
        for number, tag in sorted(tags.items()):
            part = ElementTree.SubElement(root, "Part")
            ElementTree.SubElement(part, "PartNumber").text = str(number)
            ElementTree.SubElement(part, "ETag").text = tag
        body = ElementTree.tostring(root)
        answer = await self._ask("POST", key, {"uploadId": multipart_id}, body=body, may_be_gone=True)
        return answer.status != _GONE

    async def abort(self, key: str, multipart_id: str | None) -> None:
        """Forget what has come of an object that is not there yet."""
        if multipart_id is not None:
            await self._ask("DELETE", key, {"uploadId": multipart_id}, may_be_gone=True)

    async def list_unfinished(self, prefix: str) -> AsyncIterator[Unfinished]:
        """Yield what was begun under keys that begin with ``prefix``."""
        query = {"uploads": "", "prefix": prefix}
        while True:
            answer = await self._ask("GET", "", query)
            for each in answer.each("Upload"):
                began_at = datetime.fromisoformat(answer.text("Initiated", each))
                yield Unfinished(answer.text("Key", each), answer.text("UploadId", each), began_at)
            if answer.text("IsTruncated") != "true":
                return
            query |= {"key-marker": answer.text("NextKeyMarker"), "upload-id-marker": answer.text("NextUploadIdMarker")}

    async def _list_parts(self, key: str, multipart_id: str) -> list[tuple[Part, str]]:
        """Return each part with its tag, by number.

        A part that is sent again replaces the one before; SeaweedFS lists both, in any order. Their times are whole
        seconds: where two differ in content, and came within one, nobody can tell which was the last.
        """
        found: dict[int, tuple[str, Part, str]] = {}
        query = {"uploadId": multipart_id}
        while True:
            answer = await self._ask("GET", key, query, may_be_gone=True)
            for each in answer.each("Part"):
                part = Part(int(answer.text("PartNumber", each)), int(answer.text("Size", each)))
                at = answer.text("LastModified", each)
                if part.number not in found or found[part.number][0] <= at:
                    found[part.number] = (at, part, answer.text("ETag", each))
            if answer.text("IsTruncated") != "true":
                return [(part, tag) for _, (_, part, tag) in sorted(found.items())]
            query |= {"part-number-marker": answer.text("NextPartNumberMarker")}

    def _address(
        self, key: str, lifetime: timedelta, headers: dict[str, str], size_bytes: int, query: dict[str, str]
    ) -> Address:
        signed = headers | {"Content-Length": str(size_bytes)}
        expires_at = (now() + lifetime).replace(microsecond=0)
        return Address(self._bucket.presign("PUT", key, lifetime, query=query, headers=signed), headers, expires_at)

    async def _ask(
        self,
        method: str,
        key: str,
        query: dict[str, str],
        *,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        may_be_gone: bool = False,
    ) -> _Answer:
        """Send one request; without a status of failure in it, nor an error in a body of success (as S3 may answer)."""
        if self._http is None:
            raise RuntimeError("storage is asked before it runs")
        url = self._bucket.presign(method, key, _ASKING, query=query, headers=headers, public=False)
        try:
            came = await self._http.request(method, url, content=body, headers=headers)
            answer = _Answer(came.status_code, _parsed(came.content))
        except (httpx.HTTPError, ElementTree.ParseError) as error:
            log.warning("the object storage does not answer", method=method, error=repr(error))
            raise StorageAway("The storage does not answer; try again soon.", retry_after_s=_RETRY_S) from error
        code = answer.text("Code")
        if may_be_gone and (answer.status == _GONE or code == _NO_SUCH_UPLOAD):
            return _Answer(_GONE, None)
        if not came.is_success or (answer.root is not None and answer.root.tag.endswith("Error")):
            log.error("the object storage refuses", method=method, status=answer.status, code=code)
            raise StorageAway("The storage refuses this; tell the operator the trace id.", retry_after_s=_RETRY_S)
        return answer


def _parsed(content: bytes) -> ElementTree.Element | None:
    # The operator's own server wrote it, and expat refuses documents that grow (billion laughs).
    return ElementTree.fromstring(content) if content.strip() else None  # noqa: S314
