"""The configuration of nginx in front of the processes, made of what services say of their routes."""

from tutti.kit.gateway.conf import BadValue
from tutti.kit.gateway.config import render
from tutti.kit.gateway.routing import Endpoint, SharedPath, Word, endpoints_of, split_words
from tutti.kit.gateway.settings import GatewaySettings
from tutti.kit.gateway.site import Listening, Objects, Site, Traffic, WebApp

__all__ = [
    "BadValue",
    "Endpoint",
    "GatewaySettings",
    "Listening",
    "Objects",
    "SharedPath",
    "Site",
    "Traffic",
    "WebApp",
    "Word",
    "endpoints_of",
    "render",
    "split_words",
]
