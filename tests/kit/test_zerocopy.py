"""Files to sockets by the kernel, over real connections and on both event loops."""

import asyncio
import os
import random
import socket
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil
import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from support.slow import Slow, cancel_while
from tutti.kit import zerocopy
from tutti.kit.serving import serve
from tutti.kit.zerocopy import ZERO_COPY, ZeroCopy, read_chunk, send_file

MIB = 2**20
SIZE = 2 * MIB + 4321  # more than two windows, and no round number
BIG = 64 * MIB
LIMIT_S = 90
Kind = Literal["warm", "cold", "chunked", "json"]
Run = Callable[[Coroutine[Any, Any, None]], None]


@dataclass(frozen=True)
class Asked:
    kind: Kind
    offset: int = 0
    count: int = SIZE
    method: str = "GET"

    @property
    def request(self) -> bytes:
        return f"{self.method} /{self.kind}/{self.offset}/{self.count} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


class Files:
    """An application: ``/{kind}/{offset}/{count}`` answers with that part of the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failures: list[BaseException] = []
        self.finished = 0
        self.before_body: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        _, kind, offset, count = scope["path"].split("/")
        if kind == "json":
            body = b'{"offset": %d}' % int(offset)
            await start(send, len(body))
            await send({"type": "http.response.body", "body": body})
            return
        try:
            await self._send(scope, send, kind, int(offset), int(count))
        except BaseException as error:
            self.failures.append(error)
            raise
        finally:
            self.finished += 1

    async def _send(self, scope: Any, send: Any, kind: str, offset: int, count: int) -> None:
        assert ZERO_COPY in scope["extensions"]
        if kind == "chunked":
            scope["extensions"] = {}
        with self.path.open("rb") as file:
            if kind == "cold":  # as good as the system takes it: the page cache is to forget the file
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            await start(send, count)
            if self.before_body is not None:
                await self.before_body()
            await send_file(scope, send, file.fileno(), offset, count)
            assert file.tell() == 0


async def start(send: Any, length: int) -> None:
    headers = [(b"content-length", str(length).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


class Client:
    """One keep-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def read_head(self) -> int:
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), LIMIT_S)
        assert head.startswith(b"HTTP/1.1 200"), head
        return int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])

    async def read_answer(self, method: str = "GET") -> bytes:
        length = await self.read_head()
        return b"" if method == "HEAD" else await asyncio.wait_for(self.reader.readexactly(length), LIMIT_S)

    async def ask(self, asked: Asked) -> bytes:
        self.writer.write(asked.request)
        return await self.read_answer(asked.method)


@asynccontextmanager
async def connected(port: int, read_buffer: int = 65536) -> AsyncGenerator[Client, None]:
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, read_buffer)
    peer.setblocking(False)
    await asyncio.get_running_loop().sock_connect(peer, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=peer, limit=read_buffer)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def served(app: Any, finish_s: int = 60) -> AsyncGenerator[int, None]:
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()

    def note(address: str) -> None:
        ready.set_result(int(address.rpartition(":")[2]))

    serving = asyncio.create_task(serve(app, "127.0.0.1", 0, ready=note, stop=stop, finish_s=finish_s))
    try:
        yield await asyncio.wait_for(ready, LIMIT_S)
    finally:
        stop.set()
        await asyncio.wait_for(serving, LIMIT_S)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not holds():
            await asyncio.sleep(0.01)


def open_descriptors() -> Counter[str]:
    """Sockets and files; not the /dev/null that libuv keeps to be able to close one when there are too many."""
    found: Counter[str] = Counter()
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            found[str(link.readlink())] += 1
    del found[os.devnull]
    return found


@pytest.fixture(scope="module", params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    def run(scenario: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(scenario)

    return run


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("zerocopy") / "song"
    path.write_bytes(random.Random(7).randbytes(SIZE))
    with path.open("rb") as file:
        os.fsync(file.fileno())  # or the page cache could not forget it
    return path


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """Larger than all that sockets hold."""
    path = tmp_path / "album"
    path.touch()
    os.truncate(path, BIG)
    return path


@pytest.fixture(scope="module")
def content(path: Path) -> bytes:
    return path.read_bytes()


offsets = st.integers(0, SIZE) | st.sampled_from([0, 1, 4095, 4096, MIB - 1, MIB, 2 * MIB, SIZE - 1, SIZE])


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    first, last = sorted((draw(offsets), draw(offsets)))
    kind: Kind = draw(st.sampled_from(("warm", "cold", "chunked", "json")))
    return Asked(kind, first, last - first, draw(st.sampled_from(("GET", "GET", "GET", "HEAD"))))


@settings(max_examples=40, deadline=None)
@given(asked=st.lists(questions(), min_size=1, max_size=8), pipelined=st.booleans())
def test_a_connection_gives_each_answer_its_own_bytes(
    run: Run, path: Path, content: bytes, asked: list[Asked], pipelined: bool
) -> None:
    """Any part, by the kernel, in chunks, or an answer of another kind between: whole, and in order."""

    async def scenario() -> None:
        app = Files(path)
        async with served(app) as port, connected(port) as client:
            if pipelined:
                client.writer.write(b"".join(each.request for each in asked))
                answers = [await client.read_answer(each.method) for each in asked]
            else:
                answers = [await client.ask(each) for each in asked]
            assert not client.reader._buffer  # type: ignore[attr-defined]
        assert app.failures == []
        for each, answer in zip(asked, answers, strict=True):
            assert answer == expected(each, content)

    run(scenario())


def expected(asked: Asked, content: bytes) -> bytes:
    if asked.method == "HEAD":
        return b""
    if asked.kind == "json":
        return b'{"offset": %d}' % asked.offset
    return content[asked.offset : asked.offset + asked.count]


@pytest.mark.parametrize("kind", ["warm", "chunked"])
def test_a_file_shorter_than_promised_ends_the_connection(run: Run, tmp_path: Path, kind: Kind) -> None:
    """The client must be able to tell; it was promised a length that cannot be kept any more."""
    path = tmp_path / "song"
    path.write_bytes(b"x" * 1000)

    async def shorten() -> None:
        os.truncate(path, 400)

    async def scenario() -> None:
        app = Files(path)
        app.before_body = shorten
        async with served(app) as port, connected(port) as client:
            client.writer.write(Asked(kind, 0, 1000).request)
            assert await client.read_head() == 1000
            assert await asyncio.wait_for(client.reader.read(-1), LIMIT_S) == b"x" * 400
        assert [type(failure) for failure in app.failures] == [EOFError]

    run(scenario())


def test_a_file_cut_while_it_is_sent_ends_the_connection(run: Run, big: Path) -> None:
    async def scenario() -> None:
        app = Files(big)
        async with served(app) as port, connected(port, read_buffer=4096) as client:
            client.writer.write(Asked("warm", 0, BIG).request)
            assert await client.read_head() == BIG
            await client.reader.readexactly(4096)
            os.truncate(big, 4096)
            assert len(await asyncio.wait_for(client.reader.read(-1), LIMIT_S)) < BIG - 4096
        assert [type(failure) for failure in app.failures] == [EOFError]

    run(scenario())


@pytest.mark.parametrize("kind", ["warm", "cold"])
def test_a_client_that_leaves_midway_leaves_nothing_behind(run: Run, big: Path, kind: Kind) -> None:
    async def scenario() -> None:
        app = Files(big)
        async with served(app) as port:
            descriptors, tasks = open_descriptors(), asyncio.all_tasks()
            for _ in range(5):
                async with connected(port, read_buffer=4096) as client:
                    client.writer.write(Asked(kind, 0, BIG).request)
                    await client.read_head()
                    await client.reader.readexactly(10_000)
            await until(lambda: app.finished == 5)
            # What earlier tests held may go meanwhile.
            await until(lambda: open_descriptors() <= descriptors and asyncio.all_tasks() == tasks)
        assert app.failures == []

    run(scenario())


def test_a_client_that_left_before_the_body_is_no_error(run: Run, big: Path) -> None:
    async def scenario() -> None:
        app = Files(big)

        async def leave_early(scope: Any, receive: Any, send: Any) -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            await app(scope, receive, send)

        async with served(leave_early) as port:
            async with connected(port) as client:
                client.writer.write(Asked("warm", 0, BIG).request)
                await client.writer.drain()
            await until(lambda: app.finished == 1)
        assert app.failures == []

    run(scenario())


def test_a_cancelled_answer_closes_what_it_holds(run: Run, big: Path) -> None:
    """At the end of the process, with clients that read nothing."""

    async def scenario() -> None:
        app = Files(big)
        before = open_descriptors()
        async with AsyncExitStack() as clients:
            async with served(app, finish_s=0) as port:
                client = await clients.enter_async_context(connected(port, read_buffer=4096))
                client.writer.write(Asked("warm", 0, BIG).request)
                await client.read_head()
            assert app.finished == 1
        await until(lambda: open_descriptors() <= before)

    run(scenario())


@pytest.mark.parametrize("times", [1, 2, 3])
def test_who_is_cancelled_leaves_when_the_thread_has_ended(
    run: Run, path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """Else its descriptors would be closed, and given to another connection, while the thread sends."""
    slow = Slow()
    monkeypatch.setattr(zerocopy, "_is_cached", lambda *_: False)
    monkeypatch.setattr(os, "sendfile", slow)

    async def scenario() -> None:
        copying = ZeroCopy(Files(path))
        assert (await cancel_while(slow, copying._send_window(-1, -1, 0, 1), times)).cancelled()
        assert slow.ended
        copying.close()

    run(scenario())


@pytest.mark.parametrize("kind", ["warm", "chunked"])
def test_slow_clients_cost_no_memory(run: Run, big: Path, kind: Kind) -> None:
    """Eight of them wait for 512 MiB in all; the process holds what is under way, and goes on with the rest later."""

    async def scenario() -> None:
        app = Files(big)
        async with served(app) as port, AsyncExitStack() as connections:
            clients = [await connections.enter_async_context(connected(port, read_buffer=4096)) for _ in range(9)]
            assert len(await clients.pop().ask(Asked(kind, 0, MIB))) == MIB
            before = psutil.Process().memory_info().rss
            for client in clients:
                client.writer.write(Asked(kind, 0, BIG).request)
                assert await client.read_head() == BIG
            await asyncio.sleep(0.3)  # until no more fits into the sockets
            assert app.finished == 1
            for client in clients[:2]:
                await drain(client)
            assert psutil.Process().memory_info().rss - before < 24 * MIB
        assert app.failures == []

    run(scenario())


async def drain(client: Client) -> None:
    left = BIG
    while left:
        left -= len(await asyncio.wait_for(client.reader.read(MIB), LIMIT_S))


async def test_read_chunk_stops_at_the_end_of_the_file(path: Path, content: bytes) -> None:
    with path.open("rb") as file:
        assert await read_chunk(file.fileno(), SIZE - 10, 100) == content[-10:]
        assert await read_chunk(file.fileno(), SIZE, 100) == b""


async def test_read_chunk_tells_of_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with (tmp_path / "new").open("wb") as file, pytest.raises(OSError, match="Bad file descriptor"):
        await read_chunk(file.fileno(), 0, 1)
