"""The containers of sound that are read here: what each is called, and its MIME type. Light: scans load it."""

MIME_OF = {
    "mp3": "audio/mpeg",
    "adts": "audio/aac",
    "flac": "audio/flac",
    "mp4": "audio/mp4",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "aiff": "audio/aiff",
    "asf": "audio/x-ms-wma",
    "ape": "audio/x-ape",
    "wavpack": "audio/x-wavpack",
    "dsf": "audio/x-dsf",
}
"""By the name that the catalogue has for a container."""
CONTAINER_OF = {mime: name for name, mime in MIME_OF.items()}
