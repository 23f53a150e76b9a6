"""The demo library: original music, made here by formula, written as tagged files. See docs/decisions/0007."""

from tutti.demo.crew import DemoFailed
from tutti.demo.writing import Progress, write_demo

__all__ = ["DemoFailed", "Progress", "write_demo"]
