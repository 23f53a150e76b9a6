"""``tutti demo``."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tutti.commands.context import context
from tutti.commands.output import progress, say
from tutti.demo import write_demo
from tutti.kit.audio.ffmpeg import find_ffmpeg
from tutti.services.catalog.service.demo import DEMO_FOLDER


def demo(
    path: Annotated[Path | None, Parameter(help="Folder to write to; default: in the data folder.")] = None,
) -> None:
    """Write a small library of original music, free for any use (CC0)."""
    target = path or context.settings().base.data_dir / DEMO_FOLDER
    with progress() as bar:
        task = bar.add_task("Playing it in", total=None)

        def show(done: int, total: int, title: str) -> None:
            bar.update(task, completed=done, total=total, description=title)

        written = write_demo(target, ffmpeg=find_ffmpeg(), on_progress=show)
    say(f"{len(written)} tracks in {target}. Next: tutti library add Demo {target} && tutti scan Demo")
