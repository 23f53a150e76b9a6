"""Looking at processes that may end while one looks: an ended one, zombies included, has no name and no memory."""

from contextlib import suppress

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
