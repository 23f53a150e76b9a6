"""Reproducible measurements; ``make bench`` writes docs/benchmarks.md."""

import sys
from pathlib import Path

from tutti.kit.telemetry import set_up_logs

# What tests support each other with begins with ``support``, as tests see it.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
# To standard error: what structlog does by itself is to print, into the section that is being written.
set_up_logs("warning", "console")
