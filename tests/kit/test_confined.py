"""A confined process answers once, within its limits, and takes nothing along when it does not."""

import asyncio
import os
from pathlib import Path

import msgspec
import pytest

from tutti.kit.confined import Limits, Overstepped, ReadingInterrupted, ask_confined

PROGRAM = "support.confining"
LIMITS = Limits(memory_bytes=1024**3, cpu_s=20, wall_s=120, output_bytes=100_000)
"""Of time, far more than an interpreter takes to start on a slow machine."""
LITTLE_CPU = msgspec.structs.replace(LIMITS, cpu_s=2)


async def test_it_answers() -> None:
    assert await ask_confined(PROGRAM, b"echo", LIMITS) == b"echo"
    assert await ask_confined(PROGRAM, b"", LIMITS) == b""
    long = bytes(range(256)) * 390  # more than a pipe holds
    assert await ask_confined(PROGRAM, long, LIMITS) == long


@pytest.mark.parametrize(
    ("deed", "limits", "reason"),
    [
        (b"spin", LITTLE_CPU, "2 s of processor time"),
        (b"eat", LIMITS, "ended with 1"),
        (b"talk", LIMITS, "more than 100000 bytes"),
        (b"die", LIMITS, "ended with 3"),
        (b"crash", LIMITS, "ended with -11"),
    ],
)
async def test_what_passes_a_limit_is_ended(
    deed: bytes, limits: Limits, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Overstepped, match=reason):
        await ask_confined(PROGRAM, deed, limits)
    capfd.readouterr()


async def test_what_takes_too_long_is_ended() -> None:
    limits = Limits(memory_bytes=1024**3, cpu_s=10, wall_s=0.5, output_bytes=10)
    with pytest.raises(Overstepped, match="longer than"):
        await ask_confined(PROGRAM, b"sleep", limits)
    assert children() == []


@pytest.mark.parametrize("deed", [b"be killed", b"be told to end"])
async def test_what_somebody_else_ends_is_not_the_fault_of_what_it_read(deed: bytes) -> None:
    with pytest.raises(ReadingInterrupted):
        await ask_confined(PROGRAM, deed, LIMITS)


async def test_whoever_asks_may_go_away() -> None:
    asking = asyncio.create_task(ask_confined(PROGRAM, b"sleep", LIMITS))
    while not children():
        await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert children() == []


async def test_it_writes_no_file_and_knows_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TUTTI_STORAGE_SECRET_KEY", "secret")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert await ask_confined(PROGRAM, b"write", LIMITS) == b"refused"
    names = (await ask_confined(PROGRAM, b"environment", LIMITS)).decode().split("\n")
    assert "PATH" in names
    assert not [name for name in names if name.startswith("TUTTI")]


async def test_several_at_once() -> None:
    pids = await asyncio.gather(*(ask_confined(PROGRAM, b"pid", LIMITS) for _ in range(3)))
    assert len(set(pids)) == 3


def children() -> list[int]:
    """Processes of ours that run the program."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and PROGRAM.encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                status = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(status[1]) == os.getpid():
                    found.append(int(entry.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found
