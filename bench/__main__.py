"""``python -m bench [NAME…]``: run the measurements one after the other and write docs/benchmarks.md.

Each is a module of its own that prints a Markdown section; figures are ratios against a reference measured in the same
run, because absolute ones say more about the machine and its neighbours. Run alone (``python -m bench.scan``) it prints
the same section.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
SECTIONS = {
    "scan": "Scanning",
    "lists": "Lists",
    "stream": "Streaming",
    "hls": "HLS",
    "listeners": "Listeners of HLS",
    "uploads": "Uploads",
    "ready": "From upload to music",
    "events": "Events",
    "rpc": "Calls between processes",
    "postgres": "PostgreSQL",
    "split": "One process and a cluster",
    "request_limits": "Rate limits",
    "servers": "HTTP servers",
    "idle": "Idle",
}
_HEAD = """# Benchmarks

Written by `make bench` (one section alone: `make bench ARGS=scan`). Every ratio compares with a reference that was
measured in the same run, on the same machine, with the same files. Absolute figures are for orientation only.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*SECTIONS, []], help="sections to measure; all by default")
    names = parser.parse_args().names or list(SECTIONS)
    sections = _present_sections()
    for name in names:
        print(f"== {SECTIONS[name]}", file=sys.stderr, flush=True)
        sections[name] = _measure(name)
        _write(sections)


def _measure(name: str) -> str:
    done = subprocess.run([sys.executable, "-m", f"bench.{name}"], stdout=subprocess.PIPE, text=True, check=True)
    return (
        f"<!-- {name} -->\n## {SECTIONS[name]}\n\n{_machine()}\n\n{done.stdout.strip()}\n\n`make bench ARGS={name}`\n"
    )


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"*{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}.*"
    )


def _present_sections() -> dict[str, str]:
    if not PAGE.exists():
        return {}
    parts = re.split(r"(?=^<!-- \w+ -->$)", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return {re.match(r"<!-- (\w+) -->", part)[1]: part.rstrip() + "\n" for part in parts}  # type: ignore[index]


def _write(sections: dict[str, str]) -> None:
    PAGE.write_text("\n".join([_HEAD, *(sections[name] for name in SECTIONS if name in sections)]), "utf-8")


if __name__ == "__main__":
    main()
