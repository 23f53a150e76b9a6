"""How messages stand on a worker's streams: a length in four bytes, then so many bytes of MessagePack."""

import os
import signal
import struct
import sys
from collections.abc import Callable

from tutti.kit.heap import settle_heap

LENGTH = struct.Struct("<I")
NICENESS = 10


def serve(answer: Callable[[bytes], bytes]) -> None:
    """Answer every message on standard input until the other side hangs up; for a worker's main program."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    settle_heap()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        content = answer(requests.read(LENGTH.unpack(head)[0]))
        answers.write(LENGTH.pack(len(content)) + content)
        answers.flush()
