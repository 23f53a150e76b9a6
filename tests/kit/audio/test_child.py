"""A child keeps within its limits and ends with its caller."""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import psutil
import pytest

from support.processes import command_of
from tutti.kit.audio import AudioRefused, FfmpegDied, LimitExceeded, Limits, run_limited
from tutti.kit.audio.child import running

LIMITS = Limits(memory_bytes=1_000_000_000, cpu_s=60, wall_s=120, output_bytes=1_000_000)
LIMIT_S = 90


SLEEP = "617"
"""Seconds that nobody else sleeps: servers of other tests start and end children when they like."""


def sleeping() -> set[psutil.Process]:
    """The processes beneath this one that were told to sleep by the tests here."""
    return {child for child in psutil.Process().children(recursive=True) if SLEEP in command_of(child)}


async def holds(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():
            await asyncio.sleep(0.01)


async def run(program: str, limits: Limits = LIMITS) -> bytes:
    """Run Python with standard output as the pipe of number ``{}``."""
    return (await run_limited([sys.executable, "-c", f"import os, sys\n{program}", "-"], limits)).stdout


def write(expression: str) -> str:
    return f"os.write(int(sys.argv[1].partition(':')[2]), str({expression}).encode())"


async def test_what_it_writes_comes_back() -> None:
    assert await run(write("6 * 7")) == b"42"


async def test_it_is_nice_and_in_a_session_of_its_own() -> None:
    niceness, session = (await run(write("[os.nice(0), os.getsid(0) == os.getpid()]"))).decode().strip("[]").split(", ")
    assert (int(niceness), session) == (min(os.nice(0) + 10, 19), "True")


async def test_it_knows_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTTI_SECRET", "do not tell")
    assert b"do not tell" not in await run(write("dict(os.environ)"))


async def test_it_holds_no_file_of_ours_but_its_pipe(tmp_path: Path) -> None:
    with (tmp_path / "ours").open("w") as ours:
        os.set_inheritable(ours.fileno(), True)
        assert str(ours.name).encode() not in await run(
            write("[os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd') if n != '3']")
        )


async def test_it_can_write_no_file(tmp_path: Path) -> None:
    opened = f"os.open({str(tmp_path / 'file')!r}, os.O_CREAT | os.O_WRONLY)"
    with pytest.raises(AudioRefused):
        await run(f"os.write({opened}, b'x')")
    assert (tmp_path / "file").read_bytes() == b""


async def test_it_cannot_take_more_memory() -> None:
    with pytest.raises(AudioRefused):
        await run("bytearray(2_000_000_000)")


async def test_it_cannot_take_more_processor_time() -> None:
    with pytest.raises(LimitExceeded, match="1 s of processor time"):
        await run("while True: pass", msgspec.structs.replace(LIMITS, cpu_s=1))


async def test_it_cannot_take_more_time() -> None:
    with pytest.raises(LimitExceeded, match="longer than 0 s"):
        await run("import time; time.sleep(600)", msgspec.structs.replace(LIMITS, wall_s=0.2))


async def test_it_cannot_write_more() -> None:
    with pytest.raises(LimitExceeded, match="1000000 bytes"):
        await run(write("'x' * 5_000_000"))


async def test_its_first_complaint_is_the_reason() -> None:
    with pytest.raises(AudioRefused, match=r"^moov atom not found$"):
        await run("sys.exit('[mov,mp4 @ 0x55d0] [dec @ 0x1] moov atom not found\\nError opening input')")


async def test_a_killed_child_is_told_from_a_refusing_one() -> None:
    with pytest.raises(FfmpegDied, match="ended from outside"):
        await run("os.kill(os.getpid(), 9)")


@pytest.mark.parametrize("ending", ["os.kill(os.getpid(), 15)", "sys.exit(255)"])
async def test_a_child_that_was_told_to_end_is_told_from_a_refusing_one(ending: str) -> None:
    """ffmpeg hears SIGTERM, which ends the whole service on many systems, and ends with 255."""
    with pytest.raises(FfmpegDied):
        await run(ending)


async def test_a_child_that_crashes_does_so_by_what_it_reads() -> None:
    with pytest.raises(AudioRefused, match="signal 11"):
        await run("os.kill(os.getpid(), 11)")


async def test_it_and_its_own_children_end_with_the_block() -> None:
    def arguments(pipes: Sequence[str]) -> list[str]:
        program = (
            f"import os, subprocess, sys, time; subprocess.Popen(['sleep', '{SLEEP}']); "
            f"os.write(int(sys.argv[1].partition(':')[2]), b'ready'); time.sleep({SLEEP})"
        )
        return [sys.executable, "-c", program, *pipes]

    async with running(arguments, LIMITS, outputs=1) as child:
        assert await child.outputs[0].readexactly(5) == b"ready"
        await holds(lambda: len(sleeping()) == 2)  # started is not yet named in /proc
        family = list(sleeping())

    _, alive = await asyncio.to_thread(psutil.wait_procs, family, LIMIT_S)
    assert alive == []


async def test_a_cancelled_caller_leaves_nothing_behind() -> None:
    before = psutil.Process().num_fds()
    waiting = asyncio.create_task(run(f"import time; time.sleep({SLEEP})"))
    await holds(lambda: bool(sleeping()))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert sleeping() == set()
    await holds(lambda: psutil.Process().num_fds() <= before)  # what earlier tests held may go meanwhile


async def test_a_missing_program_is_said_and_leaves_no_pipe() -> None:
    before = psutil.Process().num_fds()
    with pytest.raises(AudioRefused):
        await run_limited(["/no/such/program"], LIMITS)
    assert psutil.Process().num_fds() <= before
