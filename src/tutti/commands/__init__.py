"""The command line, one file per subject."""

from tutti.commands.app import app, main

__all__ = ["app", "main"]
