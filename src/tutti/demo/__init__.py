"""The demo library: original music, made here by formula, written as tagged files. See docs/decisions/0007."""

from tutti.demo.crew import DemoFailed
from tutti.demo.writing import write_demo

__all__ = ["DemoFailed", "write_demo"]
