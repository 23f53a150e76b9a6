"""Connections that end early, stall, come twice, or find no room: nothing half is ever there, and all can go on."""

import asyncio
import resource
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.files import bytes_of
from support.uploading import FLAC, MIB, PART_BYTES, Site, open_site
from tutti.kit.files import files_below
from tutti.kit.storage import receiving

CONTENT = bytes(range(256)) * (3 * 4096)
LARGE = bytes(range(251)) * (12 * MIB // 251)


class Line:
    """A connection on which the client sends as much of a body as it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, content: bytes) -> None:
        self.writer.write(content)
        await self.writer.drain()

    async def answer(self) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return int(head.split()[1]), await self.reader.readexactly(length)

    async def cut(self) -> None:
        self.writer.transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def put(site: Site, url: str, length: int, *, header: str = "") -> AsyncIterator[Line]:
    """A PUT whose head is sent."""
    at = httpx.URL(site.url)
    reader, writer = await asyncio.open_connection(at.host, at.port)
    head = f"PUT {url} HTTP/1.1\r\nHost: x\r\nContent-Type: {FLAC}\r\nContent-Length: {length}\r\n{header}\r\n"
    writer.write(head.encode())
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


def receiving_folder(site: Site) -> Path:
    return site.data_dir / "objects" / ".receiving"


def arrived(site: Site) -> int:
    """How many bytes lie in the folder where uploads are received."""
    return bytes_of(files_below(receiving_folder(site)))


async def until(condition: Any) -> None:
    """Let the server go on until ``condition()`` holds."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


@contextmanager
def little_room(size_bytes: int) -> Generator[None, None, None]:
    """No file may grow beyond ``size_bytes``: writing fails midway, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_cut_connection_leaves_nothing(local_site: Site) -> None:
    begun = await local_site.begin(len(CONTENT))
    async with put(local_site, begun["url"], len(CONTENT)) as line:
        await line.send(CONTENT[: 2 * MIB])
        await until(lambda: arrived(local_site) > 0)
        await line.cut()
    await until(lambda: arrived(local_site) == 0)
    assert list(receiving_folder(local_site).iterdir()) == []
    assert await local_site.objects() == []
    assert (await local_site.complete(begun["uploadId"])).status_code == 409
    assert (await local_site.put(begun, CONTENT)).status_code == 200
    assert await local_site.stored(begun["uploadId"]) == CONTENT


async def test_a_cut_part_is_not_there_and_the_others_are(local_site: Site) -> None:
    begun = await local_site.begin(len(LARGE))
    first, second, last = await local_site.sign_parts(begun["uploadId"], [1, 2, 3])
    (await local_site.put(first, LARGE[:PART_BYTES])).raise_for_status()
    async with put(local_site, second["url"], PART_BYTES) as line:
        await line.send(LARGE[PART_BYTES:][: 2 * MIB])
        await until(lambda: arrived(local_site) > PART_BYTES)
        await line.cut()
    await until(lambda: arrived(local_site) == PART_BYTES)
    done = await local_site.get(f"/uploads/{begun['uploadId']}/parts")
    assert [part["number"] for part in done["parts"]] == [1]
    (await local_site.put(last, LARGE[2 * PART_BYTES :])).raise_for_status()
    (await local_site.put(second, LARGE[PART_BYTES:][:PART_BYTES])).raise_for_status()
    assert (await local_site.complete(begun["uploadId"])).json()["state"] == "uploaded"
    assert await local_site.stored(begun["uploadId"]) == LARGE
    assert list(receiving_folder(local_site).iterdir()) == []


async def test_a_part_sent_again_and_cut_is_no_longer_there(local_site: Site) -> None:
    """Its bytes are overwritten in part, so it does not count until it has come anew."""
    begun = await local_site.begin(len(LARGE))
    (first,) = await local_site.sign_parts(begun["uploadId"], [1])
    (await local_site.put(first, LARGE[:PART_BYTES])).raise_for_status()
    async with put(local_site, first["url"], PART_BYTES) as line:
        await line.send(bytes(2 * MIB))
        await until(lambda: not any(path.name.startswith("1-") for path in files_below(receiving_folder(local_site))))
        await line.cut()
    await until(lambda: arrived(local_site) == 0)
    assert (await local_site.get(f"/uploads/{begun['uploadId']}/parts"))["parts"] == []


async def test_who_comes_later_goes_before_who_has_stalled(local_site: Site) -> None:
    """A client that lost its line comes back long before this side learns that the old one is dead."""
    begun = await local_site.begin(len(CONTENT))
    async with put(local_site, begun["url"], len(CONTENT)) as dead:
        await dead.send(bytes(2 * MIB))
        await until(lambda: arrived(local_site) > 0)
        assert (await local_site.put(begun, CONTENT)).status_code == 200
        await dead.send(bytes(len(CONTENT) - 2 * MIB))
        status, body = await dead.answer()
        assert (status, b"SENT_AGAIN" in body) == (409, True)
    assert await local_site.stored(begun["uploadId"]) == CONTENT


async def test_an_upload_may_be_given_up_while_it_comes(local_site: Site) -> None:
    begun = await local_site.begin(len(CONTENT))
    async with put(local_site, begun["url"], len(CONTENT)) as line:
        await line.send(bytes(2 * MIB))
        await until(lambda: arrived(local_site) > 0)
        (await local_site.ask("DELETE", f"/uploads/{begun['uploadId']}")).raise_for_status()
        await line.send(bytes(len(CONTENT) - 2 * MIB))
        status, _ = await line.answer()
        assert status == 409
    assert arrived(local_site) == 0
    assert await local_site.objects() == []


async def test_a_silent_line_is_cut_off(data_dir: Path) -> None:
    async with open_site(data_dir, TUTTI_STORAGE_RECEIVE_IDLE_S="4", TUTTI_STORAGE_MIN_FREE_BYTES="0") as site:
        begun = await site.begin(len(CONTENT))
        async with put(site, begun["url"], len(CONTENT)) as line:
            await line.send(CONTENT[: 2 * MIB])
            status, body = await line.answer()
        assert (status, b"BODY_STALLED" in body) == (408, True)
        assert arrived(site) == 0


@pytest.mark.parametrize("length", [len(CONTENT) + 1, 10**15])
async def test_a_body_too_long_is_refused_before_it_is_sent(local_site: Site, length: int) -> None:
    begun = await local_site.begin(len(CONTENT))
    async with put(local_site, begun["url"], length, header="Expect: 100-continue\r\n") as line:
        status, body = await line.answer()  # and no word of going on
    assert (status, b"UPLOAD_TOO_LARGE" in body) == (413, True)


async def test_a_full_disk_is_said_and_leaves_nothing(local_site: Site) -> None:
    small, large = await local_site.begin(len(CONTENT)), await local_site.begin(len(LARGE))
    first, second = await local_site.sign_parts(large["uploadId"], [1, 2])
    (await local_site.put(first, LARGE[:PART_BYTES])).raise_for_status()
    with little_room(2 * MIB):
        refused = await local_site.put(small, CONTENT)
    assert (refused.status_code, refused.json()["code"]) == (507, "STORAGE_FULL")
    assert arrived(local_site) == PART_BYTES
    with little_room(PART_BYTES + 2 * MIB):
        assert (await local_site.put(second, LARGE[PART_BYTES:][:PART_BYTES])).status_code == 507
    assert arrived(local_site) == PART_BYTES
    assert await local_site.objects() == []
    for address, content in ((small, CONTENT), (second, LARGE[PART_BYTES:][:PART_BYTES])):
        assert (await local_site.put(address, content)).status_code == 200


async def test_room_that_is_to_stay_free_is_not_taken(data_dir: Path) -> None:
    async with open_site(data_dir, TUTTI_STORAGE_MIN_FREE_BYTES=str(2**60)) as site:
        begun = await site.begin(len(CONTENT))
        async with put(site, begun["url"], len(CONTENT), header="Expect: 100-continue\r\n") as line:
            status, body = await line.answer()
        assert (status, b"STORAGE_FULL" in body) == (507, True)
        assert arrived(site) == 0


async def test_the_limit_of_other_bodies_is_not_that_of_uploads(data_dir: Path) -> None:
    async with open_site(data_dir, TUTTI_MAX_BODY_BYTES="2000", TUTTI_STORAGE_MIN_FREE_BYTES="0") as site:
        begun = await site.uploaded(CONTENT)
        assert await site.stored(begun["uploadId"]) == CONTENT
        long = await site.ask("POST", f"/uploads/{begun['uploadId']}/parts", {"numbers": [1] * 1000})
        assert long.status_code == 413


async def test_a_write_may_be_short(local_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a disk that fills up, or at a signal: what is left is written then."""
    real = receiving.os.pwritev
    monkeypatch.setattr(receiving.os, "pwritev", lambda fd, views, at: real(fd, [bytes(views[0])[:777]], at))
    content = CONTENT[:300_000]
    begun = await local_site.uploaded(content)
    monkeypatch.undo()
    assert await local_site.stored(begun["uploadId"]) == content
