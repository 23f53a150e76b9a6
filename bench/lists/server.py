"""``python -m bench.lists.server tutti|bare DATA_DIR``: serve a seeded catalogue; prints the address and a token."""

import asyncio
import sys
from pathlib import Path

import uvloop
from tests.support.browsing_http import bearer, build_browsing, trust_tests

from bench.lists.bare import create_bare_app
from tutti.kit.auth import Identity
from tutti.kit.db.database import SQLITE_FILE
from tutti.kit.serving import serve
from tutti.kit.settings import Settings
from tutti.kit.telemetry import Observed, open_spans, set_up_logs
from tutti.kit.web import create_app
from tutti.main import build_process, opened

_LISTENER = Identity("01900000-0000-7000-8000-0000000000bb", "bob", "listener", "s")

_NO_LIMIT = "1000000000"
"""Requests are counted, as they are for people, and none is refused."""


async def main(kind: str, data_dir: Path) -> None:
    stop = asyncio.Event()
    if kind == "bare":
        await serve(create_bare_app(data_dir / SQLITE_FILE), "127.0.0.1", 0, ready=_say, stop=stop)
        return
    set_up_logs("info", "json")
    process = build_process(Settings({"TUTTI_LIMITS_READ": _NO_LIMIT}, {"data_dir": data_dir}), ["accounts"])
    process.add(build_browsing)
    async with opened(process):
        trust_tests(process.auth)
        app = Observed(create_app(process), open_spans(""))
        await serve(app, "127.0.0.1", 0, ready=_say, stop=stop)


def _say(address: str) -> None:
    print(address, bearer(_LISTENER)["Authorization"], flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], Path(sys.argv[2])))
