"""``tutti demo``."""

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import msgspec
from cyclopts import Parameter

from tutti.commands.context import context
from tutti.commands.output import progress, say
from tutti.demo import Progress, write_demo
from tutti.kit.audio.ffmpeg import find_ffmpeg
from tutti.services.catalog.service.demo import DEMO_FOLDER

_Lines = Annotated[
    bool, Parameter(name="--json", help="Tell how far it is in lines of JSON, for programs.", negative="")
]


def demo(
    path: Annotated[Path | None, Parameter(help="Folder to write to; default: in the data folder.")] = None,
    *,
    as_lines: _Lines = False,
) -> None:
    """Write a small library of original music, free for any use (CC0)."""
    target = path or context.settings().base.data_dir / DEMO_FOLDER
    with _stopped_in_order():
        if as_lines:
            write_demo(target, ffmpeg=find_ffmpeg(), on_progress=_print_line)
        else:
            _write_for_people(target)


def _write_for_people(target: Path) -> None:
    with progress() as bar:
        task = bar.add_task("Playing it in", total=None)

        def show(done: Progress) -> None:
            bar.update(task, completed=done.tracks, total=done.all_tracks, description=done.title)

        written = write_demo(target, ffmpeg=find_ffmpeg(), on_progress=show)
    say(f"{len(written)} tracks in {target}. Next: tutti library add Demo {target} && tutti scan Demo")


def _print_line(done: Progress) -> None:
    """Say how far it is; whoever listened and is gone ends the work, by a broken pipe."""
    sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")
    sys.stdout.buffer.flush()


@contextmanager
def _stopped_in_order() -> Generator[None, None, None]:
    """Have SIGTERM end the block as Ctrl-C does: workers are stopped, and what was begun is removed."""

    def leave(number: int, _: FrameType | None) -> NoReturn:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
