"""Reproducible measurements; ``make bench`` writes docs/benchmarks.md."""

import sys
from pathlib import Path

# What tests support each other with begins with ``support``, as tests see it.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
