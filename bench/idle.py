"""What `tutti serve` costs when nobody listens: memory, processor time, and how long a second start takes."""

import tempfile
import time
from pathlib import Path

import psutil
from tests.support.server import running_server

_IDLE_S = 10


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        with running_server(Path(folder) / "data"):
            pass
        started = time.perf_counter()
        with running_server(Path(folder) / "data") as server:
            second_start_s = time.perf_counter() - started
            time.sleep(_IDLE_S)
            tree = [psutil.Process(server.process.pid)]
            tree += tree[0].children(recursive=True)
            before = sum(sum(process.cpu_times()[:2]) for process in tree)
            time.sleep(_IDLE_S)
            after = sum(sum(process.cpu_times()[:2]) for process in tree)
            rss_mb = sum(process.memory_info().rss for process in tree) / 2**20
    print("| | |\n|---|---|")
    print(f"| processes | {len(tree)} |")
    print(f"| resident memory, idle | {rss_mb:.0f} MiB |")
    print(f"| processor time, idle | {(after - before) / _IDLE_S * 100:.1f} % of one core |")
    print(f"| second start until `/health/ready` | {second_start_s:.1f} s |")


if __name__ == "__main__":
    main()
