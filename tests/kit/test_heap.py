"""What a process that has started spares its collector."""

import subprocess
import sys

_PROGRAM = """
import gc
from tutti.kit.heap import settle_heap

class Ring:
    def __init__(self):
        self.me = self

before = gc.get_threshold()
settle_heap()
there = gc.get_freeze_count()
assert there > 1000, there
assert len(gc.get_objects()) < there, "what was there is looked at again"
assert gc.get_threshold()[0] > before[0]
Ring()
assert gc.collect() >= 1, "what came later is not collected"
"""


def test_what_was_there_is_left_alone_and_what_comes_is_collected() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
