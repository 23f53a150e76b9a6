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
_DEPTH = 2
"""Chunks that a worker has at once: it goes on with the next one while its answer is on the way here."""
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
        self._chunks_of: dict[WorkerProcess, int] = {}
        self._choosing = asyncio.Lock()

    async def __aenter__(self) -> "Workers":
        try:
            for _ in range(self._count if self._at_once else 0):
                await self._start()
        except BaseException:  # nobody leaves what was not entered
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        for worker in list(self._chunks_of):
            await worker.stop()

    async def read(self, chunks: AsyncIterator[list[ToRead]]) -> AsyncIterator[tuple[list[ToRead], ReadFiles]]:
        """Read the chunks, several at once, and give them back in their order.

        At most `_AHEAD` per worker are under way or waiting to be taken, so that a slow taker holds the reading back.
        """
        under_way: deque[tuple[list[ToRead], asyncio.Task[ReadFiles]]] = deque()
        turns = asyncio.Semaphore(self._count * _DEPTH)
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
                return await self._ask_any(files)
            except WorkerLost:
                return await self._read_one_by_one(files)

    async def _read_one_by_one(self, files: list[ToRead]) -> ReadFiles:
        """Find out which file of a chunk is the one that kills workers, in one that reads nothing else."""
        done = ReadFiles([], [])
        worker: WorkerProcess | None = None
        try:
            for each in files:
                worker = worker or await WorkerProcess.start(self._program)
                try:
                    found = await self._ask(worker, [each])
                except WorkerLost as error:
                    log.warning("a file cannot be read", path=each.path, reason=str(error))
                    done.bad.append(bad_file(each, str(error)))
                    await worker.stop()
                    worker = None
                else:
                    done.good.extend(found.good)
                    done.bad.extend(found.bad)
        finally:
            if worker is not None:
                await worker.stop()
        return done

    async def _ask_any(self, files: list[ToRead]) -> ReadFiles:
        worker = await self._choose()
        try:
            found = await self._ask(worker, files)
        except BaseException:  # also cancelled: whatever it is in the middle of, nobody will read the answer
            self._chunks_of.pop(worker, None)
            await worker.stop()
            raise
        if worker in self._chunks_of:
            self._chunks_of[worker] -= 1
        return found

    async def _ask(self, worker: WorkerProcess, files: list[ToRead]) -> ReadFiles:
        message = _encoder.encode(Chunk(self._root, self._rules, files))
        return _decoder.decode(await worker.ask(message, timeout_s=self._timeout_s + len(files)))

    async def _choose(self) -> WorkerProcess:
        """Return the worker that has the least to do; a new one, where none has nothing and there may be more."""
        async with self._choosing:
            worker = min(self._chunks_of, key=self._chunks_of.__getitem__, default=None)
            if worker is None or (self._chunks_of[worker] and len(self._chunks_of) < self._count):
                worker = await self._start()
            self._chunks_of[worker] += 1
            return worker

    async def _start(self) -> WorkerProcess:
        worker = await WorkerProcess.start(self._program)
        self._chunks_of[worker] = 0
        return worker
