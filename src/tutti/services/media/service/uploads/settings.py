"""Settings of uploads."""

from typing import Annotated

import msgspec
from msgspec import Meta

_MIB = 1024 * 1024
_GIB = 1024 * _MIB


class UploadsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``uploads``."""

    max_bytes: Annotated[int, Meta(ge=1, description="Largest file that may be uploaded")] = 2 * _GIB
    types: Annotated[
        tuple[str, ...], Meta(description="Content types that are taken, comma-separated; audio/* is all of audio")
    ] = ("audio/*", "video/mp4", "video/ogg", "application/ogg", "application/octet-stream")
    extensions: Annotated[
        tuple[str, ...], Meta(description="File name endings that are taken, comma-separated, without the dot")
    ] = (
        *("mp3", "aac", "flac", "m4a", "m4b", "mp4", "ogg", "oga", "opus"),
        *("wav", "wave", "aif", "aiff", "aifc", "wma", "ape", "wv", "dsf"),
    )
    files_per_day: Annotated[int, Meta(ge=1, le=1_000_000, description="Uploads of one user in 24 hours")] = 2000
    uploader_quota_bytes: Annotated[
        int, Meta(ge=0, description="What the uploads of an uploader may take in all; 0 is without limit")
    ] = 100 * _GIB
    admin_quota_bytes: Annotated[
        int, Meta(ge=0, description="What the uploads of an admin may take in all; 0 is without limit")
    ] = 0
    multipart_from_bytes: Annotated[
        int, Meta(ge=1, description="Files of this size and more come in parts, which can be resumed one by one")
    ] = 64 * _MIB
    part_bytes: Annotated[
        int, Meta(ge=5 * _MIB, le=5 * _GIB, description="Size of a part; larger where 10,000 of them are too few")
    ] = 16 * _MIB
    complete_within_s: Annotated[
        int, Meta(ge=60, le=30 * 86_400, description="An upload that is not completed by then is forgotten")
    ] = 86_400
    failed_kept_days: Annotated[
        int, Meta(ge=1, le=365, description="How long the file of a failed upload is kept, to be tried or kept again")
    ] = 7
    history_days: Annotated[int, Meta(ge=1, le=3650, description="How long a list of past uploads is kept")] = 30
    sweep_s: Annotated[int, Meta(ge=1, le=86_400, description="How often forgotten uploads are cleared away")] = 3600
    hook_secret: Annotated[
        str, Meta(description="Secret that notifications of the storage and of workers are signed with; empty: none")
    ] = ""
    hook_secret_file: Annotated[str, Meta(description="File that holds this secret, instead")] = ""
    hook_window_s: Annotated[
        int, Meta(ge=1, le=3600, description="A notification signed longer ago is refused, and so is one of the future")
    ] = 300
