"""The HTTP application of a process: its services' routes, errors rendered in one place, OpenAPI."""

from tutti.kit.web.app import create_app
from tutti.kit.web.openapi import api_document
from tutti.kit.web.routing import API, errors, idempotent, limited, public, public_file, unlimited

__all__ = [
    "API",
    "api_document",
    "create_app",
    "errors",
    "idempotent",
    "limited",
    "public",
    "public_file",
    "unlimited",
]
