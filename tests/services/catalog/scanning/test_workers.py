"""Worker processes that die or hang: the file that did it is named, and all others are read."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from support.audio import audio_bytes
from support.processes import command_of
from tutti.services.catalog.service.reading.track_tags import TagRules
from tutti.services.catalog.service.scanner.worker import ToRead
from tutti.services.catalog.service.scanner.worker_process import WorkerProcess
from tutti.services.catalog.service.scanner.workers import Workers

LIMIT_S = 60
# A worker that stands in for a reader with a fatal flaw: it dies of one name, and hangs at another.
_FLAWED = """
import os, time
from tutti.services.catalog.service.scanner import worker

read_file = worker.read_file

def read(path, *args, **options):
    if path.endswith("deadly.ape"):
        os.abort()
    if path.endswith("endless.ape"):
        time.sleep(600)
    return read_file(path, *args, **options)

worker.read_file = read
worker.main()
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A twentieth of the time for what hangs: all other files may take what they do on a busy machine."""
    ask = WorkerProcess.ask

    async def asked(worker: WorkerProcess, message: bytes, *, timeout_s: float) -> bytes:
        return await ask(worker, message, timeout_s=timeout_s / 20 if b"endless.ape" in message else timeout_s)

    monkeypatch.setattr(WorkerProcess, "ask", asked)


def to_read(root: Path, names: list[str]) -> list[ToRead]:
    for number, name in enumerate(names):
        (root / name).write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=number))
    return [ToRead("", (name, 1, 1, None), None) for name in names]


async def chunks_of(files: list[ToRead]) -> AsyncIterator[list[ToRead]]:
    for begin in range(0, len(files), 3):
        yield files[begin : begin + 3]


async def read(root: Path, program: str, files: list[ToRead], count: int = 2) -> tuple[list[str], list[str]]:
    good: list[str] = []
    bad: list[str] = []
    async with Workers(str(root), TagRules(), count=count, timeout_s=LIMIT_S, program=program) as workers:
        async for chunk, found in workers.read(chunks_of(files)):
            assert len(found.good) + len(found.bad) == len(chunk)
            good += [each.path for each in found.good]
            bad += [each.path for each in found.bad]
    return good, bad


async def test_a_file_that_kills_its_reader_is_bad_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "flawed.py").write_text(_FLAWED)
    monkeypatch.syspath_prepend(tmp_path)
    files = to_read(tmp_path, ["a.ape", "deadly.ape", "b.ape", "c.ape", "d.ape"])
    assert await read(tmp_path, "flawed", files) == (["a.ape", "b.ape", "c.ape", "d.ape"], ["deadly.ape"])


async def test_a_file_that_hangs_its_reader_is_bad_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "flawed.py").write_text(_FLAWED)
    monkeypatch.syspath_prepend(tmp_path)
    files = to_read(tmp_path, ["a.ape", "endless.ape", "b.ape"])
    assert await read(tmp_path, "flawed", files) == (["a.ape", "b.ape"], ["endless.ape"])


@pytest.mark.parametrize("flaw", ["deadly.ape", "endless.ape"])
async def test_files_that_wait_behind_such_a_one_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flaw: str
) -> None:
    """A worker has its next chunk already, and loses it along."""
    (tmp_path / "flawed.py").write_text(_FLAWED)
    monkeypatch.syspath_prepend(tmp_path)
    names = [f"{number}.ape" for number in range(12)]
    files = to_read(tmp_path, [*names[:4], flaw, *names[4:]])
    assert await read(tmp_path, "flawed", files, count=1) == (names, [flaw])


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "scanner.worker" in command_of(child)]


async def test_workers_of_a_new_library_are_there_from_the_start(tmp_path: Path) -> None:
    async with Workers(str(tmp_path), TagRules(), count=2, timeout_s=LIMIT_S, at_once=True) as workers:
        async with asyncio.timeout(LIMIT_S):
            while len(children()) != 2:  # started is not yet named in /proc
                await asyncio.sleep(0.01)
        read = [found async for _, found in workers.read(chunks_of(to_read(tmp_path, ["a.ape", "b.ape"])))]
        assert [[each.path for each in found.good] for found in read] == [["a.ape", "b.ape"]]
        assert len(children()) == 2
    assert children() == []


async def test_workers_that_cannot_all_be_started_leave_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = WorkerProcess.start, list[WorkerProcess]()

    async def only_one(program: str) -> WorkerProcess:
        if started:
            raise BlockingIOError("no more processes")
        started.append(await start(program))
        return started[0]

    monkeypatch.setattr(WorkerProcess, "start", only_one)
    with pytest.raises(BlockingIOError):
        async with Workers(str(tmp_path), TagRules(), count=2, timeout_s=LIMIT_S, at_once=True):
            pass
    assert children() == []
