"""``python -m support.cluster``: what `make split` runs."""

import argparse
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

from support.cluster.children import Child
from support.cluster.engines import postgres, s3
from support.cluster.installation import PARTS, WHOLE, Installation, Plan, Shared, migrate, prepare

_DATABASE = "tutti"
_LOOK_AGAIN_S = 0.3


def main() -> None:
    """Start a cluster, show what its processes say, and stop it at Ctrl-C."""
    wishes = _parser().parse_args()
    folder = Path(wishes.folder).resolve()
    if wishes.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(folder / "logs", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    shared = Shared(postgres(folder, durable=True), s3(folder))
    settings = {name: value for name, value in os.environ.items() if name.startswith("TUTTI_")}
    plan = Plan(WHOLE if wishes.whole else PARTS, wishes.copies, settings, wishes.port)
    try:
        _say("starts PostgreSQL and S3 …")
        shared.begin()
        if not shared.postgres.has(_DATABASE):
            shared.postgres.execute(f"CREATE DATABASE {_DATABASE}")
        migrate(shared.postgres.url(_DATABASE))
        installation = prepare(folder, shared, _DATABASE, plan)
        _run(installation, stop)
    finally:
        shared.end()


def _run(installation: Installation, stop: threading.Event) -> None:
    try:
        _say(f"starts {len(installation.members)} processes of ours, NATS, Valkey and nginx …")
        installation.begin()
        _welcome(installation)
        children = [installation.nginx, *(member.child for member in installation.members)]
        shown = {child: child.log.stat().st_size for child in children}
        while not stop.wait(_LOOK_AGAIN_S):
            for child in children:
                shown[child] = _show(child, shown[child])
    finally:
        _say("stops …")
        installation.end()


def _welcome(installation: Installation) -> None:
    token = installation.setup_token()
    _say(f"plays at {installation.url}" + (f"/setup?token={token}" if token else ""))
    _say(f"all logs, those of its servers too, are in {installation.folder}/logs; Ctrl-C stops all of it")


def _show(child: Child, start: int) -> int:
    """Print what a process has written since, each line with its name; return how far that is."""
    with child.log.open("rb") as log:
        log.seek(start)
        whole, newline, _ = log.read().rpartition(b"\n")
    for line in whole.decode("utf-8", "replace").splitlines():
        sys.stdout.write(f"{child.name:>12} | {line}\n")
    sys.stdout.flush()
    return start + len(whole) + len(newline)


def _say(what: str) -> None:
    sys.stderr.write(f"{'split':>12} | {what}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make split ARGS=…", description="A whole cluster on this machine.")
    parser.add_argument("--folder", default="data/split", help="where its state is kept between starts")
    parser.add_argument("--fresh", action="store_true", help="begin anew, with nothing in it")
    parser.add_argument("--copies", type=int, default=2, help="of each process of ours")
    parser.add_argument("--port", type=int, default=4600, help="where nginx listens; 0 for a free one")
    parser.add_argument("--whole", action="store_true", help="every process runs all services")
    return parser


if __name__ == "__main__":
    main()
