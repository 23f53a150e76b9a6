"""Looking at processes that may end while one looks: an ended one, zombies included, has no name and no memory."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil


def name_of(process: psutil.Process) -> str:
    """The name of the program that a process runs."""
    with suppress(psutil.NoSuchProcess):
        return process.name() if process.status() != psutil.STATUS_ZOMBIE else ""
    return ""


def command_of(process: psutil.Process) -> str:
    """Its command line."""
    with suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline())
    return ""


def rss_of(process: psutil.Process) -> int:
    """Its resident memory in bytes."""
    with suppress(psutil.NoSuchProcess):
        return process.memory_info().rss
    return 0


def freeze(pid: int) -> None:
    """Stop a process where it stands (SIGSTOP), and return once it does.

    The signal alone is not enough: until one thread has taken it, the others go on, and answer.
    """
    os.kill(pid, signal.SIGSTOP)
    while any(_state_of(thread) not in "TtZX" for thread in Path(f"/proc/{pid}/task").iterdir()):
        time.sleep(0.001)


def _state_of(thread: Path) -> str:
    try:
        return (thread / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"
