"""Parts that come in any order, whole, cut, again and at once, over restarts: what is there is what came whole."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.slow import Slow, stays
from tutti.kit.secrets import FileSecrets
from tutti.kit.storage import LocalIncoming, Part, StorageSettings, receiving
from tutti.kit.storage.errors import BodyCut, SentAgain
from tutti.kit.storage.signing import AddressSigner

KEY = "incoming/a"
PART = 1000
LAST = 300
COUNT = 4
SIZES = {number: LAST if number == COUNT else PART for number in range(1, COUNT + 1)}
Step = tuple[str, int, int]

steps = st.lists(
    st.one_of(
        st.tuples(st.just("whole"), st.integers(1, COUNT), st.integers(0, 255)),
        st.tuples(st.just("cut"), st.integers(1, COUNT), st.integers(0, LAST - 1)),
        st.tuples(st.just("long"), st.integers(1, COUNT), st.just(0)),
        st.tuples(st.just("restart"), st.just(0), st.just(0)),
    ),
    max_size=12,
)


def open_incoming(folder: Path) -> LocalIncoming:
    signer = AddressSigner(FileSecrets(folder / "keys"))
    return LocalIncoming(folder, StorageSettings(min_free_bytes=0), signer, lambda *_: "")


async def body(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def send(incoming: LocalIncoming, number: int, content: bytes) -> None:
    half = len(content) // 2
    sent = body(content[:half], content[half:])
    await incoming.receive_part(KEY, Part(number, SIZES[number]), (number - 1) * PART, sent)


async def carry_out(folder: Path, plan: Iterable[Step]) -> dict[int, bytes]:
    """Do what the plan says, comparing at each step; return the parts that came whole."""
    incoming = open_incoming(folder)
    there: dict[int, bytes] = {}
    await incoming.start_multipart(KEY, "audio/flac")
    for kind, number, value in plan:
        if kind == "whole":
            there[number] = bytes([value]) * SIZES[number]
            await send(incoming, number, there[number])
        elif kind == "restart":
            incoming = open_incoming(folder)
        else:
            with pytest.raises(BodyCut):
                await send(incoming, number, bytes(SIZES[number] + 1 if kind == "long" else value))
            there.pop(number, None)
        listed = await incoming.list_parts(KEY, "local")
        assert listed == [Part(each, SIZES[each]) for each in sorted(there)]
        file = folder / ".receiving/incoming%a/bytes"
        end = max(((each - 1) * PART + SIZES[each] for each in there), default=0)
        assert not file.exists() or file.stat().st_size == end
    return there


@settings(max_examples=60)
@given(steps)
def test_what_is_there_is_what_came_whole(plan: list[Step]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)

        async def run() -> None:
            there = await carry_out(folder, plan)
            incoming = open_incoming(folder)
            for number in SIZES.keys() - there:
                there[number] = bytes([number]) * SIZES[number]
                await send(incoming, number, there[number])
            parts = [Part(number, SIZES[number]) for number in SIZES]
            assert await incoming.complete_multipart(KEY, "local", parts)
            assert (folder / KEY).read_bytes() == b"".join(there[number] for number in SIZES)
            assert list((folder / ".receiving").iterdir()) == []
            assert not await incoming.complete_multipart(KEY, "local", parts)

        asyncio.run(run())


@settings(max_examples=20)
@given(st.lists(st.integers(1, COUNT), min_size=2, max_size=10))
def test_of_those_that_come_at_once_the_last_of_each_part_counts(numbers: list[int]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)

        async def send_or_yield(incoming: LocalIncoming, number: int, value: int) -> None:
            with contextlib.suppress(SentAgain):
                await send(incoming, number, bytes([value]) * SIZES[number])

        async def run() -> None:
            incoming = open_incoming(folder)
            async with asyncio.TaskGroup() as group:
                for value, number in enumerate(numbers):
                    group.create_task(send_or_yield(incoming, number, value))
            assert await incoming.list_parts(KEY, "local") == [Part(n, SIZES[n]) for n in sorted(set(numbers))]
            content = (folder / ".receiving/incoming%a/bytes").read_bytes()
            for number in set(numbers):
                last = max(value for value, each in enumerate(numbers) if each == number)
                start = (number - 1) * PART
                assert content[start : start + SIZES[number]] == bytes([last]) * SIZES[number]

        asyncio.run(run())


async def test_who_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    """As at the end of the process: the connection's task is cancelled."""
    incoming = open_incoming(tmp_path)
    reached = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield bytes(600_000)
        yield bytes(600_000)
        reached.set()
        await asyncio.Event().wait()

    receiving = asyncio.create_task(incoming.receive(KEY, 10**7, endless()))
    await reached.wait()
    receiving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await receiving
    assert list((tmp_path / ".receiving").iterdir()) == []
    assert not (tmp_path / KEY).exists()


async def test_who_leaves_while_it_waits_for_its_turn_takes_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    incoming = open_incoming(tmp_path)
    await incoming.start_multipart(KEY, "audio/flac")
    slow, write = Slow(), receiving._write_all

    def write_slowly(descriptor: int, chunks: list[bytes], position: int) -> None:
        slow()
        write(descriptor, chunks, position)

    monkeypatch.setattr(receiving, "_write_all", write_slowly)
    first = asyncio.create_task(send(incoming, 2, bytes(PART)))
    while not slow.begun:
        await asyncio.sleep(0.001)
    again = asyncio.create_task(send(incoming, 2, bytes(PART)))
    assert await stays(again)
    again.cancel()
    await asyncio.wait({again})
    slow.may_end.set()
    with pytest.raises(SentAgain):
        await first
    with pytest.raises(BodyCut):
        await send(incoming, 1, b"x")
    assert (tmp_path / ".receiving/incoming%a/bytes").stat().st_size == 0


async def test_what_ends_while_it_is_listed_is_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    incoming = open_incoming(tmp_path)
    for key in (KEY, "incoming/b"):
        await incoming.start_multipart(key, "audio/flac")
    scandir = os.scandir

    def late(folder: Path) -> list[os.DirEntry[str]]:
        monkeypatch.undo()
        entries = list(scandir(folder))
        shutil.rmtree(tmp_path / ".receiving/incoming%a")
        return entries

    monkeypatch.setattr(os, "scandir", late)
    assert [each.key async for each in incoming.list_unfinished("incoming/")] == ["incoming/b"]


async def test_only_keys_are_received(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    incoming = open_incoming(tmp_path / "objects")
    for key in ("../outside", "", ".receiving/a", "a/../b"):
        with pytest.raises(ValueError, match="no key"):
            await incoming.receive(key, 1, body(b"x"))
        with pytest.raises(ValueError, match="no key"):
            await incoming.list_parts(key, "local")
    assert not (tmp_path / "outside").exists()


async def test_a_part_that_is_sent_again_ends_with_the_upload(tmp_path: Path) -> None:
    """Else it would write on into the object, whose bytes others have looked at by then."""
    incoming = open_incoming(tmp_path)
    for number, size in SIZES.items():
        await send(incoming, number, bytes([number]) * size)
    parts = [Part(number, size) for number, size in SIZES.items()]
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        begun.set()
        await goes_on.wait()
        yield bytes(SIZES[1])

    again = asyncio.create_task(incoming.receive_part(KEY, parts[0], 0, slow()))
    await begun.wait()
    assert not await incoming.complete_multipart(KEY, "local", parts)
    goes_on.set()
    with pytest.raises(SentAgain):
        await again
    await send(incoming, 1, bytes([1]) * SIZES[1])
    assert await incoming.complete_multipart(KEY, "local", parts)
    assert (tmp_path / KEY).read_bytes() == b"".join(bytes([number]) * size for number, size in SIZES.items())
