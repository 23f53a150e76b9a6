"""How messages stand on a worker's streams: a length in four bytes, then so many bytes of MessagePack."""

import fcntl
import os
import signal
import struct
import sys
from collections.abc import Callable
from contextlib import suppress

from tutti.kit.heap import settle_heap

LENGTH = struct.Struct("<I")
NICENESS = 10
PIPE_BYTES = 2**20
"""Room for several answers, so that a worker goes on while nobody has taken the last one; what Linux gives anybody."""
_SET_PIPE_SIZE = getattr(fcntl, "F_SETPIPE_SZ", None)


def serve(answer: Callable[[bytes], bytes]) -> None:
    """Answer every message on standard input until the other side hangs up; for a worker's main program."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    settle_heap()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    if _SET_PIPE_SIZE is not None:
        with suppress(OSError):  # the user has too many of them, or it is no pipe
            fcntl.fcntl(answers.fileno(), _SET_PIPE_SIZE, PIPE_BYTES)
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        content = answer(requests.read(LENGTH.unpack(head)[0]))
        answers.write(LENGTH.pack(len(content)) + content)
        answers.flush()
