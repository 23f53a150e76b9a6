"""A server killed while bytes come: what had come whole is there afterwards, and the rest is sent then."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.files import bytes_of
from support.server import Server, start_server, wait_for
from support.uploading import MIB, PART_BYTES, wish
from tutti.kit.files import files_below

CONTENT = bytes(range(251)) * (12 * MIB // 251)
SETTINGS = {
    "TUTTI_UPLOADS_MULTIPART_FROM_BYTES": str(6 * MIB),
    "TUTTI_UPLOADS_PART_BYTES": str(PART_BYTES),
    "TUTTI_STORAGE_MIN_FREE_BYTES": "0",
}


class Killed(Exception):
    """The server is dead by now."""


def addresses(client: httpx.Client, upload_id: str, *numbers: int) -> list[Any]:
    signed = client.post(f"/uploads/{upload_id}/parts", json={"numbers": numbers})
    return signed.raise_for_status().json()


def part(number: int) -> bytes:
    return CONTENT[(number - 1) * PART_BYTES :][:PART_BYTES]


def put(server: Server, address: Any, content: Any) -> None:
    headers = address["headers"] | {"Content-Length": str(address["sizeBytes"])}
    httpx.put(server.url + address["url"], content=content, headers=headers, timeout=60).raise_for_status()


@pytest.mark.parametrize("sent_bytes", [0, MIB, 2 * MIB + 1, PART_BYTES - 1])
def test_an_upload_goes_on_after_the_server_was_killed(tmp_path: Path, sent_bytes: int) -> None:
    receiving = tmp_path / "objects" / ".receiving"
    server = start_server(tmp_path, **SETTINGS)
    token = server.set_up()

    def arrived() -> int:
        return bytes_of(path for path in files_below(receiving) if path.name == "bytes")

    def dying() -> Iterator[bytes]:
        """Part 2, during which the power fails."""
        yield part(2)[:sent_bytes]
        written = PART_BYTES + max(0, sent_bytes - MIB)  # up to a megabyte waits in memory
        wait_for(
            lambda: bytes_of(path for path in files_below(receiving) if path.name == "bytes") >= written,
            lambda: "nothing came",
        )
        server.kill()
        raise Killed

    with server.client(token) as client:
        begun = client.post("/uploads", json=wish(len(CONTENT))).raise_for_status().json()
        first, second = addresses(client, begun["uploadId"], 1, 2)
        put(server, first, part(1))
        with pytest.raises((Killed, httpx.HTTPError)):
            put(server, second, dying())

    server = start_server(tmp_path, **SETTINGS)
    try:
        with server.client(token) as client:
            done = client.get(f"/uploads/{begun['uploadId']}/parts").raise_for_status().json()
            assert [each["number"] for each in done["parts"]] == [1]
            refused = client.post(f"/uploads/{begun['uploadId']}/complete")
            assert (refused.status_code, refused.json()["details"]["missing"]) == (409, [2, 3])
            put(server, second, part(2))  # the address is still good
            put(server, addresses(client, begun["uploadId"], 3)[0], part(3))
            assert (receiving / f"incoming%{begun['uploadId']}" / "bytes").read_bytes() == CONTENT
            client.post(f"/uploads/{begun['uploadId']}/complete").raise_for_status()
            assert list(receiving.iterdir()) == []
    finally:
        server.stop()
