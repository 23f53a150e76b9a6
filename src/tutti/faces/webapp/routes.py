"""Serves the built web app from memory: it is small, and compressed once instead of at each request."""

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from tutti.kit.errors import NotFound
from tutti.kit.web import public_file

_PACKAGED = Path(__file__).parents[2] / "webapp"  # in a wheel
_CHECKOUT = Path(__file__).parents[4] / "web" / "dist"  # in a clone
_NO_PAGES = ("api", "health", "metrics", ".well-known")
"""What is asked below these has no page: another process may answer it, and a program is to be told so."""
_HASHED = "assets/"  # Vite puts a content hash into these names, so they never change
_IMMUTABLE = "public, max-age=31536000, immutable"
_COMPRESSED_TYPES = (
    "text/",
    "application/javascript",
    "application/json",
    "image/svg+xml",
    "application/manifest+json",
)
_MIN_COMPRESSED_BYTES = 1024
_NOT_BUILT = b"<!doctype html><title>Tutti</title><p>The web app is not built yet: run <code>make run</code>.</p>"


class FileGone(NotFound):
    """There is no such file of the web app any more."""


class NoSuchPage(NotFound):
    """There is nothing here."""

    code = "NOT_FOUND"


class _File(msgspec.Struct, frozen=True):
    content: bytes
    gzipped: bytes | None
    media_type: str
    etag: str
    cache_control: str


def web_app_routes(folder: Path | None = None) -> list[HTTPRouteHandler]:
    """Routes for ``/`` and everything below it that no other route takes."""
    files = _load(folder or (_PACKAGED if _PACKAGED.is_dir() else _CHECKOUT))
    page = files.get("index.html") or _file("index.html", _NOT_BUILT)

    @get("/", include_in_schema=False, sync_to_thread=False, **public_file)
    def web_app(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _answer(page, request)

    @get("/{path:path}", include_in_schema=False, sync_to_thread=False, **public_file)
    def web_app_file(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
        name = path.lstrip("/")
        if name.partition("/")[0] in _NO_PAGES:
            raise NoSuchPage("There is nothing here.")
        if name.startswith(_HASHED) and name not in files:
            # A page from before an upgrade asks for a script of then: HTML in its place would break without a word.
            raise FileGone("This file is of another version of the web app; load the page again.")
        return _answer(files.get(name, page), request)

    return [web_app, web_app_file]


def _load(folder: Path) -> dict[str, _File]:
    found = (path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else ()
    return {(name := path.relative_to(folder).as_posix()): _file(name, path.read_bytes()) for path in found}


def _file(name: str, content: bytes) -> _File:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    compressible = media_type.startswith(_COMPRESSED_TYPES) and len(content) >= _MIN_COMPRESSED_BYTES
    return _File(
        content=content,
        gzipped=gzip.compress(content, mtime=0) if compressible else None,
        media_type=f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type,
        etag=f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"',
        cache_control=_IMMUTABLE if name.startswith(_HASHED) else "no-cache",
    )


def _answer(file: _File, request: Request[Any, Any, Any]) -> Response[bytes]:
    headers = {"ETag": file.etag, "Cache-Control": file.cache_control, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(b"", status_code=304, headers=headers)
    if file.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.gzipped, headers={**headers, "Content-Encoding": "gzip"}, media_type=file.media_type)
    return Response(file.content, headers=headers, media_type=file.media_type)
