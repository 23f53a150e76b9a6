"""The program of a confined process that does as it is told, for tests of its limits."""

import os
import signal
import time
from pathlib import Path

from tutti.kit.confined import answer_confined


def _spin() -> bytes:
    while True:
        pass


def _sleep() -> bytes:
    time.sleep(3600)
    return b""


def _raise(number: signal.Signals) -> bytes:
    os.kill(os.getpid(), number)
    return b""


def _write() -> bytes:
    try:
        Path(os.environ.get("TMPDIR", "/tmp"), f"confined-{os.getpid()}").write_bytes(b"x" * 10)
    except OSError:
        return b"refused"
    return b"written"


DEEDS = {
    b"echo": lambda: b"echo",
    b"spin": _spin,
    b"sleep": _sleep,
    b"eat": lambda: bytes(4 * 1024**3)[:1],
    b"talk": lambda: b"x" * 1_000_000,
    b"die": lambda: os._exit(3),
    b"crash": lambda: _raise(signal.SIGSEGV),
    b"be killed": lambda: _raise(signal.SIGKILL),
    b"be told to end": lambda: _raise(signal.SIGTERM),
    b"write": _write,
    b"environment": lambda: "\n".join(sorted(os.environ)).encode(),
    b"pid": lambda: str(os.getpid()).encode(),
}


def answer(message: bytes) -> bytes:
    """Do what the message says, or give it back."""
    deed = DEEDS.get(message)
    return deed() if deed else message


if __name__ == "__main__":
    answer_confined(answer)
