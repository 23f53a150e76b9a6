"""Looks at new cover art after a scan, in a process of its own."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec
import structlog

from tutti.kit.db import Database
from tutti.kit.tasks import end_tasks
from tutti.services.catalog.repository import describing
from tutti.services.catalog.service.reading.cover_images import CoverInfo
from tutti.services.catalog.service.scanner.cover_worker import CoverPlace
from tutti.services.catalog.service.scanner.worker_process import WorkerLost, WorkerProcess

_PROGRAM = "tutti.services.catalog.service.scanner.cover_worker"
_AT_ONCE = 16
_TIMEOUT_S = 60
_decoder = msgspec.msgpack.Decoder(list[CoverInfo | None])

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.catalog.covers")


class CoverDescriptions:
    """Gives covers their palette and blurhash."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._turn = asyncio.Lock()
        self._wanted = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Look at covers in the background, whenever there are new ones, while the block lasts."""
        task = asyncio.create_task(self._keep_describing(), name="describe covers")
        try:
            yield
        finally:
            await end_tasks(task)

    def describe_soon(self) -> None:
        """Have new covers looked at in the background; those that are new by now are among them."""
        self._wanted.set()

    async def describe_new(self) -> None:
        """Look at every cover that nobody has looked at yet; the process for it ends with the last."""
        async with self._turn:
            try:
                while found := await self._db.read(describing.find_undescribed, _AT_ONCE):
                    places = [CoverPlace(path, embedded) for _, path, embedded in found]
                    infos = await self._look(places)
                    rows = {row[0]: info and _columns(info) for row, info in zip(found, infos, strict=True)}
                    await self._db.write(describing.describe_covers, rows)
            finally:
                await self._stop()

    async def _keep_describing(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()  # before looking: what is found meanwhile is looked for once more
            try:
                await self.describe_new()
            except Exception:
                # Whatever it was, covers are looked at again after the next scan.
                log.exception("looking at covers was broken off")

    _worker: WorkerProcess | None = None

    async def _look(self, places: list[CoverPlace]) -> list[CoverInfo | None]:
        try:
            return await self._ask(places)
        except WorkerLost:
            return [await self._look_alone(place) for place in places]

    async def _look_alone(self, place: CoverPlace) -> CoverInfo | None:
        try:
            return (await self._ask([place]))[0]
        except WorkerLost as error:
            log.warning("a cover cannot be looked at", path=place.path, reason=str(error))
            return None

    async def _ask(self, places: list[CoverPlace]) -> list[CoverInfo | None]:
        if self._worker is None:
            self._worker = await WorkerProcess.start(_PROGRAM)
        try:
            return _decoder.decode(await self._worker.ask(msgspec.msgpack.encode(places), timeout_s=_TIMEOUT_S))
        except BaseException:  # also cancelled: nobody would read the answer
            await self._stop()
            raise

    async def _stop(self) -> None:
        if self._worker is not None:
            worker, self._worker = self._worker, None
            await worker.stop()


def _columns(info: CoverInfo) -> dict[str, object]:
    return {**msgspec.structs.asdict(info), "palette": info.palette.colors}
