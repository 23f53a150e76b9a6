"""Puts the built web app into the wheel; builds it first where it is missing (that needs Node)."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_STEPS = (("npm", "ci", "--no-audit", "--no-fund"), ("npm", "run", "build"))


class WebAppHook(BuildHookInterface[Any]):
    """Adds ``web/dist`` as ``tutti/webapp``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the web app if need be; an editable install serves it from the checkout instead."""
        if version == "editable":
            return
        web = Path(self.root) / "web"
        if not (web / "dist" / "index.html").exists():
            self._build(web)
        build_data["force_include"][str(web / "dist")] = "tutti/webapp"

    def _build(self, web: Path) -> None:
        if shutil.which("npm") is None:
            self.app.abort("The web app is not built yet, and that needs Node 20 or newer: install it and try again.")
        for step in _STEPS:
            if subprocess.run(step, cwd=web, check=False).returncode:
                self.app.abort(f"The web app could not be built: `{' '.join(step)}` in {web} failed, see above.")
