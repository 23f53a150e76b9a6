"""``tutti openapi``."""

import sys
import tempfile
from pathlib import Path

import msgspec

from tutti.kit.settings import Settings
from tutti.kit.web import api_document, create_app
from tutti.main import build_process


def openapi() -> None:
    """Print the OpenAPI 3.1 document of the REST surface."""
    with tempfile.TemporaryDirectory() as folder:
        process = build_process(Settings({"TUTTI_DATA_DIR": str(Path(folder))}))
        schema = api_document(create_app(process))
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(schema, order="deterministic"), indent=2))
    sys.stdout.buffer.write(b"\n")
