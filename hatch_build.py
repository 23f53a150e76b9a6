"""Puts the built web app into the wheel; builds it first where it is missing (that needs Node)."""

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebAppHook(BuildHookInterface[Any]):
    """Adds ``web/dist`` as ``tutti/webapp``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the web app if need be; an editable install serves it from the checkout instead."""
        if version == "editable":
            return
        web = Path(self.root) / "web"
        if not (web / "dist" / "index.html").exists():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=web, check=True)
            subprocess.run(["npm", "run", "build"], cwd=web, check=True)
        build_data["force_include"][str(web / "dist")] = "tutti/webapp"
