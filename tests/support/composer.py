"""A writer of demo music that does as it is told: a program that stands in for `tutti demo --json`.

Run as ``python composer.py PLAN FOLDER``. It makes the albums of the plan that are not there, tells how far it is after
each, and ends as the plan says. Also what tests need to plan it.
"""

import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Ending = Literal["done", "hang", "deaf", "refuse", "killed", "babble", "shout"]


@dataclass(frozen=True)
class Plan:
    """What the writer will do; it may be planned anew between two runs."""

    file: Path
    sound: bytes

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, __file__, str(self.file))

    def make(self, *albums: str, of: int, then: Ending = "done") -> None:
        """Make these albums of one track each, and end so."""
        sound = self.file.with_suffix(".sound")
        sound.write_bytes(self.sound)
        plan = {"albums": albums, "of": of, "then": then, "sound": str(sound), "pids": str(self._pids)}
        self.file.write_text(json.dumps(plan), "utf-8")

    @property
    def pids(self) -> list[int]:
        """Every writer that was started."""
        return [int(line) for line in self._pids.read_text().split()] if self._pids.exists() else []

    @property
    def running(self) -> list[int]:
        return [pid for pid in self.pids if Path(f"/proc/{pid}").exists()]

    @property
    def _pids(self) -> Path:
        return self.file.with_suffix(".pids")


def main(plan_file: Path, folder: Path) -> None:
    plan = json.loads(plan_file.read_text("utf-8"))
    with Path(plan["pids"]).open("a") as pids:
        pids.write(f"{os.getpid()}\n")
    if plan["then"] == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sound, done = Path(plan["sound"]).read_bytes(), sum(path.is_dir() for path in folder.iterdir())
    tell(done, plan["of"])
    for album in plan["albums"]:
        if not (folder / album).exists():
            (folder / album).mkdir()
            (folder / album / "1.ape").write_bytes(sound + album.encode())
            done += 1
            tell(done, plan["of"])
    end(plan["then"])


def tell(done: int, of: int) -> None:
    say(json.dumps({"tracks": done, "albums": done, "all_tracks": of, "all_albums": of}))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def end(how: Ending) -> None:
    if how in ("hang", "deaf"):
        while True:
            signal.pause()
    if how == "refuse":
        sys.exit("a warning\nError: No space left on device. Make room on the disk and try again.")
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "babble":
        say("la la la")
    if how == "shout":
        say("la" * 100_000)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
