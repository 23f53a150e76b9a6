"""The worker processes of a scan: started with its first file, gone with its last."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from types import TracebackType

import msgspec
import structlog

from tutti.services.catalog.service.reading.track_tags import TagRules
from tutti.services.catalog.service.scanner.worker import Chunk, ReadFiles, ToRead, bad_file
from tutti.services.catalog.service.scanner.worker_process import WorkerLost, WorkerProcess

_PROGRAM = "tutti.services.catalog.service.scanner.worker"
_AHEAD = 6
"""Chunks per worker that are under way or wait to be taken: reading goes on while the taker is at something longer."""
_decoder = msgspec.msgpack.Decoder(ReadFiles)
_encoder = msgspec.msgpack.Encoder()

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.catalog.scanner")


class Workers:
    """``count`` processes that read files; each file may take ``timeout_s``.

    They are started when first needed, or all at once where it is certain that they will be.
    """

    def __init__(
        self,
        root: str,
        rules: TagRules,
        *,
        count: int,
        timeout_s: float,
        at_once: bool = False,
        program: str = _PROGRAM,
    ) -> None:
        self._root = root
        self._rules = rules
        self._count = count
        self._timeout_s = timeout_s
        self._at_once = at_once
        self._program = program
        self._idle: list[WorkerProcess] = []
        self._all: list[WorkerProcess] = []

    async def __aenter__(self) -> "Workers":
        try:
            for _ in range(self._count if self._at_once else 0):
                self._idle.append(await self._start())
        except BaseException:  # nobody leaves what was not entered
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        for worker in self._all:
            await worker.stop()

    async def read(self, chunks: AsyncIterator[list[ToRead]]) -> AsyncIterator[tuple[list[ToRead], ReadFiles]]:
        """Read the chunks, several at once, and give them back in their order.

        At most `_AHEAD` per worker are under way or waiting to be taken, so that a slow taker holds the reading back.
        """
        under_way: deque[tuple[list[ToRead], asyncio.Task[ReadFiles]]] = deque()
        turns = asyncio.Semaphore(self._count)
        try:
            async for files in chunks:
                under_way.append((files, asyncio.create_task(self._read_in_turn(turns, files))))
                if len(under_way) >= _AHEAD * self._count:
                    first, task = under_way.popleft()
                    yield first, await task
            while under_way:
                first, task = under_way.popleft()
                yield first, await task
        finally:
            for _, task in under_way:
                task.cancel()
            await asyncio.gather(*(task for _, task in under_way), return_exceptions=True)

    async def _read_in_turn(self, turns: asyncio.Semaphore, files: list[ToRead]) -> ReadFiles:
        async with turns:
            try:
                return await self._ask(files)
            except WorkerLost:
                return await self._read_one_by_one(files)

    async def _read_one_by_one(self, files: list[ToRead]) -> ReadFiles:
        """Find out which file of a chunk is the one that kills workers."""
        done = ReadFiles([], [])
        for each in files:
            try:
                found = await self._ask([each])
            except WorkerLost as error:
                log.warning("a file cannot be read", path=each.path, reason=str(error))
                done.bad.append(bad_file(each, str(error)))
            else:
                done.good.extend(found.good)
                done.bad.extend(found.bad)
        return done

    async def _ask(self, files: list[ToRead]) -> ReadFiles:
        worker = self._idle.pop() if self._idle else await self._start()
        try:
            answer = await worker.ask(
                _encoder.encode(Chunk(self._root, self._rules, files)), timeout_s=self._timeout_s + len(files)
            )
        except BaseException:  # also cancelled: whatever it is in the middle of, nobody will read the answer
            await worker.stop()
            self._all.remove(worker)
            raise
        self._idle.append(worker)
        return _decoder.decode(answer)

    async def _start(self) -> WorkerProcess:
        worker = await WorkerProcess.start(self._program)
        self._all.append(worker)
        return worker
