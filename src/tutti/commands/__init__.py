"""The command line, one file per subject."""

from tutti.commands.app import app

__all__ = ["app"]
