"""Uploads: from the wish to send a file until all its bytes are there."""

from tutti.services.media.service.uploads.allowance import Allowance
from tutti.services.media.service.uploads.beginning import Beginnings
from tutti.services.media.service.uploads.completing import Completion
from tutti.services.media.service.uploads.hooks import HookGate
from tutti.services.media.service.uploads.intake import Intake
from tutti.services.media.service.uploads.own import OwnUploads
from tutti.services.media.service.uploads.settings import UploadsSettings
from tutti.services.media.service.uploads.sweeping import Sweep
from tutti.services.media.service.uploads.tagging import Tagging

__all__ = [
    "Allowance",
    "Beginnings",
    "Completion",
    "HookGate",
    "Intake",
    "OwnUploads",
    "Sweep",
    "Tagging",
    "UploadsSettings",
]
